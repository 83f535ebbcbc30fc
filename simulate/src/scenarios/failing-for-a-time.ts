/** Failures that pass, and failures that are no fault of one host. */

import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";
import { HEALTHY } from "../world/host.ts";

const WORK = { kind: "exponential", meanMs: 10 } as const;
const OUTAGE = { fromMs: 10_000, untilMs: 70_000 };

export const allErrors: Scenario = loadScenario({
  name: "all-errors",
  story:
    "unary calls of 10 ms that may be repeated (peers: gRFC A6, 4 attempts, throttled), 10 hosts, 4 clients, 500 calls/s; from 10 s to 70 s every host fails every call. Counted from 10 s to 80 s.",
  measures: ["attemptsPerCall", "recoveryMs", "ejections"],
  hosts: 10,
  clients: 4,
  slots: 4,
  work: WORK,
  arrivals: { kind: "rate", perSecond: 500 },
  manner: () => ({
    ...HEALTHY,
    failureRatio: (nowMs) => (nowMs >= OUTAGE.fromMs && nowMs < OUTAGE.untilMs ? 1 : 0),
  }),
  hasFailures: true,
  healedMs: OUTAGE.untilMs,
  isIdempotent: true,
  warmMs: OUTAGE.fromMs,
  untilMs: 80_000,
});

export const flapping: Scenario = loadScenario({
  name: "flapping",
  story:
    "unary calls of 10 ms, 10 hosts with 4 slots, 8 clients, 50 % of the capacity; one host fails every call for 1 s and works for 1 s, in turns. Measured from 5 s to 35 s.",
  measures: ["errorRatio", "p99Ms", "ejections"],
  hosts: 10,
  clients: 8,
  slots: 4,
  work: WORK,
  arrivals: { kind: "load", ratio: 0.5 },
  manner: (index) => (index === 0 ? { ...HEALTHY, failureRatio: (nowMs) => Math.floor(nowMs / 1_000) % 2 } : HEALTHY),
  hasFailures: true,
  warmMs: 5_000,
  untilMs: 35_000,
});

export const randomErrors: Scenario = loadScenario({
  name: "random-errors",
  story:
    "unary calls of 10 ms, 10 hosts, 1 client, 20 calls/s for an hour; every host fails 1 % of the calls, at random.",
  measures: ["ejections", "errorRatio", "skew"],
  seeds: 10,
  hosts: 10,
  clients: 1,
  slots: 4,
  work: WORK,
  arrivals: { kind: "rate", perSecond: 20 },
  manner: () => ({ ...HEALTHY, failureRatio: () => 0.01 }),
  isFaulty: () => false,
  hasFailures: true,
  warmMs: 0,
  untilMs: 3_600_000,
});
