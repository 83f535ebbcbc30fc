import type { Scenario } from "../scenario.ts";
import { BRIEF, BUSY, failingSteps, LOW, MIXED, TEN, THREE } from "./common.ts";

const STEPS = failingSteps([0]);

export const failing: Scenario = {
  slug: "failing",
  fault: "one host answers UNAVAILABLE in 1 ms",
  target: "reads: 0 errors; writes: 0 with pushback, else ≤ 10; ≤ 0.5 % of the attempts after 1 s",
  cases: [
    { name: "3 hosts, 200 calls/s", topology: THREE, load: LOW, times: BRIEF, steps: STEPS, faulty: [0] },
    { name: "3 hosts, ten in flight on each", topology: THREE, load: BUSY, times: BRIEF, steps: STEPS, faulty: [0] },
    { name: "10 hosts, 500 calls/s and streams", topology: TEN, load: MIXED, times: BRIEF, steps: STEPS, faulty: [0] },
    {
      name: "3 hosts, with pushback",
      topology: THREE,
      load: LOW,
      times: BRIEF,
      steps: failingSteps([0], { pushbackMs: 0 }),
      faulty: [0],
    },
  ],
};
