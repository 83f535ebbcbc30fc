import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";

export const thousand: Scenario = loadScenario({
  name: "thousand",
  story: "unary calls of 1 s (exponential), 1,000 hosts with 2 slots, 20 clients, 30 % of the capacity.",
  measures: ["p99Ms", "p50Ms", "skew"],
  seeds: 10,
  subjects: ["ours", "round robin", "least request", "two choices", "PeakEWMA"],
  hosts: 1_000,
  clients: 20,
  slots: 2,
  work: { kind: "exponential", meanMs: 1_000 },
  arrivals: { kind: "load", ratio: 0.3 },
  warmMs: 10_000,
  untilMs: 30_000,
});
