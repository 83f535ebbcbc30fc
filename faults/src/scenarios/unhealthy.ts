import type { Case, Load, Scenario, Step } from "../scenario.ts";
import { BRIEF, BUSY, LOW, THREE, UNAVAILABLE } from "./common.ts";

/** A task that has lost its database: its health says so at once, its calls fail from 100 ms later on. */
const STEPS: readonly Step[] = [
  { at: "fault", action: { kind: "manner", hosts: [0], manner: { saysNotServing: true } } },
  {
    at: "fault",
    plusMs: 100,
    action: {
      kind: "manner",
      hosts: [0],
      manner: { saysNotServing: true, fails: { status: UNAVAILABLE, afterMs: 1 } },
    },
  },
  { at: "heal", action: { kind: "manner", hosts: [0], manner: {} } },
];

function following(name: string, load: Load): Case {
  const ourOptions = { healthService: "agentteam.faults.v1.Faults" };
  return { name, topology: THREE, load, times: BRIEF, steps: STEPS, faulty: [0], ourOptions };
}

export const unhealthy: Scenario = {
  slug: "unhealthy",
  fault:
    "one host tells its watchers that it does not serve, and answers UNAVAILABLE 100 ms later; grpc-js 1.14 does not watch",
  target: "0 errors, also of writes; 0 % of the attempts after 1 s",
  cases: [following("3 hosts, 200 calls/s", LOW), following("3 hosts, ten in flight on each", BUSY)],
};
