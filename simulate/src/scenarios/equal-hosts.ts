import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";

export const equalHosts: Scenario = loadScenario({
  name: "equal-hosts",
  story: "unary calls of 10 ms (exponential), 3 equal hosts with 4 slots, 2 clients, 70 % of the capacity.",
  measures: ["p99Ms", "p50Ms", "skew"],
  hosts: 3,
  clients: 2,
  slots: 4,
  work: { kind: "exponential", meanMs: 10 },
  arrivals: { kind: "load", ratio: 0.7 },
  warmMs: 5_000,
  untilMs: 35_000,
});
