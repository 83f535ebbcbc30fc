/** Hosts that join a running fleet. */

import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";
import { HEALTHY } from "../world/host.ts";

const WORK = { kind: "exponential", meanMs: 10 } as const;
const JOIN_MS = 10_000;
const COLD_MS = 20_000;

export const slowStart: Scenario = loadScenario({
  name: "slow-start",
  story:
    "unary calls of 10 ms, 10 hosts with 4 slots, 4 clients, 60 % of the capacity; at 10 s one more joins, at first 10 × slow, after 20 s as fast as the others. Measured from 10 s to 40 s.",
  measures: ["p99Ms", "p50Ms", "newHostsRatio"],
  hosts: 10,
  joining: { hosts: 1, atMs: JOIN_MS },
  clients: 4,
  slots: 4,
  work: WORK,
  arrivals: { kind: "load", ratio: 0.6 },
  manner: (index) =>
    index === 10
      ? { ...HEALTHY, speed: (nowMs) => Math.min(1, 0.1 + (0.9 * Math.max(0, nowMs - JOIN_MS)) / COLD_MS) }
      : HEALTHY,
  warmMs: JOIN_MS,
  untilMs: 40_000,
});

export const scaleOut: Scenario = loadScenario({
  name: "scale-out",
  story:
    "unary calls of 10 ms, 10 hosts with 4 slots, 4 clients, 70 % of the capacity; at 10 s ten more join. Measured from 5 s to 15 s after that.",
  measures: ["newHostsRatio", "p99Ms", "skew"],
  hosts: 10,
  joining: { hosts: 10, atMs: JOIN_MS },
  clients: 4,
  slots: 4,
  work: WORK,
  arrivals: { kind: "load", ratio: 0.7 },
  warmMs: JOIN_MS + 5_000,
  untilMs: JOIN_MS + 15_000,
});
