/** B and C of fault-tolerance's table of evidence. */

import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";
import { HEALTHY } from "../world/host.ts";

const INIT = {
  measures: ["p99Ms", "p50Ms", "faultyRatio", "skew"],
  hosts: 50,
  clients: 4,
  slots: 10,
  work: { kind: "lognormal", meanMs: 5_000, sigma: 1 },
  firstByteShare: 0.04,
  arrivals: { kind: "load", ratio: 0.8 },
  warmMs: 60_000,
  untilMs: 300_000,
} as const;

export const slowStreams: Scenario = loadScenario({
  ...INIT,
  name: "slow-streams",
  story:
    "B: streams of 5 s (lognormal, σ 1) with their first byte after 4 %, 50 hosts with 10 slots, two of them 5 × slow, 4 clients, 80 % of the capacity.",
  manner: (index) => (index < 2 ? { ...HEALTHY, speed: () => 0.2 } : HEALTHY),
});

export const equalStreams: Scenario = loadScenario({
  ...INIT,
  name: "equal-streams",
  story: "C: as B, with no slow host.",
  measures: ["p99Ms", "p50Ms", "skew"],
});
