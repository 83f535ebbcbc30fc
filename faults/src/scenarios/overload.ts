import type { Scenario } from "../scenario.ts";
import { LOW, THREE } from "./common.ts";

export const overload: Scenario = {
  slug: "overload",
  fault: "1.3 times the calls that three hosts can serve",
  target: "goodput ≥ 90 % of the capacity; 100 % of the calls ≤ 5 s after",
  cases: [
    {
      // Three hosts with five places of 50 ms serve 300 calls a second.
      name: "3 hosts, 200 calls/s, then 390",
      topology: THREE,
      load: { ...LOW, serviceMs: 50, surge: 1.95, deadlineMs: 1_000 },
      times: { warmMs: 1_500, faultMs: 2_500, healMs: 8_500, endMs: 15_000 },
      steps: [{ at: "start", action: { kind: "manner", hosts: [0, 1, 2], manner: { slots: 5 } } }],
      faulty: [],
    },
  ],
};
