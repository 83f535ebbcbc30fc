import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";
import { HEALTHY } from "../world/host.ts";

export const slowHost: Scenario = loadScenario({
  name: "slow-host",
  story:
    "A: unary calls of 10 ms (exponential), 10 hosts with 4 slots, one of them 10 × slow, 8 clients, 70 % of the capacity.",
  measures: ["p99Ms", "p50Ms", "faultyRatio", "skew"],
  hosts: 10,
  clients: 8,
  slots: 4,
  work: { kind: "exponential", meanMs: 10 },
  arrivals: { kind: "load", ratio: 0.7 },
  manner: (index) => (index === 0 ? { ...HEALTHY, speed: () => 0.1 } : HEALTHY),
  warmMs: 5_000,
  untilMs: 15_000,
});
