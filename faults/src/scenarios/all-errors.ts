import type { Scenario } from "../scenario.ts";
import { failingSteps, LOW, SHORT, THREE } from "./common.ts";

export const allErrors: Scenario = {
  slug: "all-errors",
  fault: "all hosts answer UNAVAILABLE in 1 ms",
  target: "attempts/call ≤ 1.05 over 60 s; goodput ≤ 1 s after",
  cases: [
    {
      name: "3 hosts, 200 calls/s",
      topology: THREE,
      load: LOW,
      times: SHORT,
      steps: failingSteps([0, 1, 2]),
      faulty: [0, 1, 2],
    },
  ],
};
