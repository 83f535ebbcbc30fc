import { loadScenario } from "../load-scenario.ts";
import type { Scenario } from "../scenario.ts";

/** Six hosts, three and one. */
const ZONES_OF_HOSTS = "aaaaaabbbc";

export const zones: Scenario = loadScenario({
  name: "zones",
  story:
    "unary calls of 10 ms, 10 hosts with 4 slots in zones of 6, 3 and 1, 6 clients, two in each zone, 60 % of the capacity.",
  measures: ["remoteRatio", "p99Ms", "skew"],
  hosts: ZONES_OF_HOSTS.length,
  clients: 6,
  slots: 4,
  work: { kind: "exponential", meanMs: 10 },
  arrivals: { kind: "load", ratio: 0.6 },
  zoneOfHost: (index) => ZONES_OF_HOSTS[index] ?? "",
  zoneOfClient: (index) => "abc"[index % 3] ?? "",
  warmMs: 5_000,
  untilMs: 20_000,
});
