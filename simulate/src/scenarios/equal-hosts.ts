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

export const scatteredTimes: Scenario = loadScenario({
  name: "scattered-times",
  story:
    "unary calls of 30 ms (lognormal, σ 1.8: as of a service with fast and slow methods), 3 equal hosts that serve any number at once, 1 client, 30 calls/s.",
  measures: ["skew", "p99Ms", "p50Ms"],
  hosts: 3,
  clients: 1,
  slots: 1_000,
  work: { kind: "lognormal", meanMs: 30, sigma: 1.8 },
  arrivals: { kind: "rate", perSecond: 30 },
  warmMs: 5_000,
  untilMs: 95_000,
});
