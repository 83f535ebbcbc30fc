import type { Scenario } from "../scenario.ts";
import { BRIEF, BUSY, failingSteps, LOW } from "./common.ts";

const TWO = { hosts: 2, discovery: "dns" } as const;

export const failingPair: Scenario = {
  slug: "failing-pair",
  fault: "one of two hosts answers UNAVAILABLE in 1 ms",
  target: "≤ 10 errors, then 0",
  cases: [
    { name: "200 calls/s", topology: TWO, load: LOW, times: BRIEF, steps: failingSteps([0]), faulty: [0] },
    { name: "15 in flight on each", topology: TWO, load: BUSY, times: BRIEF, steps: failingSteps([0]), faulty: [0] },
  ],
};
