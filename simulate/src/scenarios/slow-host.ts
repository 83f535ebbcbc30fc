/** A of fault-tolerance's table of evidence, on both models of a host. */

import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";
import { HEALTHY } from "../world/host.ts";

const INIT = {
  measures: ["p99Ms", "p50Ms", "faultyRatio", "skew"],
  hosts: 10,
  clients: 8,
  slots: 4,
  work: { kind: "exponential", meanMs: 10 },
  manner: (index: number) => (index === 0 ? { ...HEALTHY, speed: () => 0.1 } : HEALTHY),
  warmMs: 5_000,
  untilMs: 15_000,
} as const;

export const slowHost: Scenario = loadScenario({
  ...INIT,
  name: "slow-host",
  story:
    "A: unary calls of 10 ms (exponential), 10 hosts with 4 slots, one of them 10 × slow, 8 clients, 70 % of the capacity.",
  arrivals: { kind: "load", ratio: 0.7 },
});

export const slowHostSharing: Scenario = loadScenario({
  ...INIT,
  name: "slow-host-sharing",
  story: "A with hosts that share their 4 slots among all requests, and arrivals in bursts of 10 at one client.",
  isSharing: true,
  arrivals: { kind: "load", ratio: 0.7, burst: 10 },
});
