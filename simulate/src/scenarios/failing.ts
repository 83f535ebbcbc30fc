/** Hosts that fail at once: D of fault-tolerance's table of evidence, and its variants. */

import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";
import { HEALTHY } from "../world/host.ts";

/** Fails every call from 5 s on, when everything has run well for a while. */
const FAILING = { ...HEALTHY, failureRatio: (nowMs: number) => (nowMs >= 5_000 ? 1 : 0) };
const WORK = { kind: "exponential", meanMs: 10 } as const;

function failingHosts(count: number): (index: number) => typeof HEALTHY {
  return (index) => (index < count ? FAILING : HEALTHY);
}

export const failing: Scenario = loadScenario({
  name: "failing",
  story:
    "D: unary calls of 10 ms, 10 hosts with 4 slots, 8 clients, 50 % of the capacity; from 5 s on one host fails every call in 1 ms. Measured from then on, for 15 s.",
  measures: ["errors", "laterFaultyRatio", "p99Ms"],
  hosts: 10,
  clients: 8,
  slots: 4,
  work: WORK,
  arrivals: { kind: "load", ratio: 0.5 },
  manner: failingHosts(1),
  hasFailures: true,
  warmMs: 5_000,
  untilMs: 20_000,
});

export const failingPair: Scenario = loadScenario({
  name: "failing-pair",
  story:
    "unary calls of 10 ms, 2 hosts with 4 slots, 1 client, 200 calls/s; from 5 s on one host fails every call. Counted from then on, for 20 s.",
  measures: ["errors", "laterFaultyRatio"],
  hosts: 2,
  clients: 1,
  slots: 4,
  work: WORK,
  arrivals: { kind: "rate", perSecond: 200 },
  manner: failingHosts(1),
  hasFailures: true,
  warmMs: 5_000,
  untilMs: 25_000,
});

export const failingBusy: Scenario = loadScenario({
  name: "failing-busy",
  story:
    "unary calls of 10 ms, 3 hosts with 10 slots, 1 client with always 30 calls in flight; from 5 s on one host fails every call. Measured from then on, for 10 s.",
  measures: ["errors", "laterFaultyRatio"],
  hosts: 3,
  clients: 1,
  slots: 10,
  work: WORK,
  arrivals: { kind: "closed", inFlight: 30 },
  manner: failingHosts(1),
  hasFailures: true,
  warmMs: 5_000,
  untilMs: 15_000,
});

export const lowLoad: Scenario = loadScenario({
  name: "low-load",
  story: "1 call/s, 10 hosts, 1 client; from 5 s on one host fails every call. Counted from then on, for 10 minutes.",
  measures: ["errors", "faultyRatio"],
  hosts: 10,
  clients: 1,
  slots: 4,
  work: WORK,
  arrivals: { kind: "rate", perSecond: 1 },
  manner: failingHosts(1),
  hasFailures: true,
  warmMs: 5_000,
  untilMs: 605_000,
});

export const panic: Scenario = loadScenario({
  name: "panic",
  story:
    "unary calls of 10 ms, 10 hosts with 4 slots, 4 clients, 25 % of the capacity; from 5 s on six hosts fail every call. Measured from 6 s to 26 s.",
  measures: ["errorRatio", "p99Ms", "ejections"],
  hosts: 10,
  clients: 4,
  slots: 4,
  work: WORK,
  arrivals: { kind: "load", ratio: 0.25 },
  manner: failingHosts(6),
  hasFailures: true,
  warmMs: 6_000,
  untilMs: 26_000,
});
