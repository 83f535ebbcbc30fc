/** One of three hosts becomes slow while calls run: how many of them it takes until the clients know. */

import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";
import { HEALTHY } from "../world/host.ts";

const FAULT_MS = 5_000;

const INIT = {
  measures: ["laterFaultyRatio", "faultyRatio", "p99Ms", "p50Ms"],
  hosts: 3,
  clients: 1,
  // No call waits for another one.
  slots: 1_000,
  manner: (index: number) =>
    index === 0 ? { ...HEALTHY, speed: (nowMs: number) => (nowMs < FAULT_MS ? 1 : 0.1) } : HEALTHY,
  warmMs: FAULT_MS,
  untilMs: FAULT_MS + 10_000,
} as const;

export const slowOfThree: Scenario = loadScenario({
  ...INIT,
  name: "slow-of-three",
  story:
    "unary calls of 5 ms (lognormal, σ 0.2), 3 hosts that serve any number at once, 1 client, 200 calls/s; one host is 10 × slow from 5 s on. Measured from 5 s to 15 s.",
  work: { kind: "lognormal", meanMs: 5, sigma: 0.2 },
  arrivals: { kind: "rate", perSecond: 200 },
});

export const slowOfThreeBusy: Scenario = loadScenario({
  ...INIT,
  name: "slow-of-three-busy",
  story: "the same with calls of 100 ms and 300 calls/s: ten in flight on each host.",
  work: { kind: "lognormal", meanMs: 100, sigma: 0.2 },
  arrivals: { kind: "rate", perSecond: 300 },
});
