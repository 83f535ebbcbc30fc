import type { Case, Scenario } from "../scenario.ts";
import type { Manner } from "../servers/manner.ts";
import { LOW, THREE } from "./common.ts";

/** Three hosts with five places of 50 ms serve 300 calls a second. */
function overloaded(name: string, manner: Manner): Case {
  return {
    name,
    topology: THREE,
    load: { ...LOW, serviceMs: 50, surge: 1.95, deadlineMs: 1_000 },
    times: { warmMs: 1_500, faultMs: 2_500, healMs: 8_500, endMs: 15_000 },
    steps: [{ at: "start", action: { kind: "manner", hosts: [0, 1, 2], manner: { slots: 5, ...manner } } }],
    faulty: [],
  };
}

export const overload: Scenario = {
  slug: "overload",
  fault: "1.3 times the calls that three hosts can serve",
  target: "goodput ≥ 90 % of the capacity; 100 % of the calls ≤ 5 s after",
  cases: [
    overloaded("3 hosts, 200 calls/s, then 390", {}),
    overloaded("the same, hosts push back when ten calls wait", { maxWaiting: 10 }),
  ],
};
