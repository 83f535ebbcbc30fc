import type { Scenario } from "../scenario.ts";
import { BRIEF, BUSY, MIXED, range, TEN, THREE } from "./common.ts";

export const goawayStorm: Scenario = {
  slug: "goaway-storm",
  fault: "every host sends GOAWAY each 200 ms, with the id of the last stream that it has processed",
  target: "0 errors; executed/calls 1.00; p99 ≤ 1.5 × undisturbed",
  cases: [
    {
      name: "3 hosts, ten in flight on each",
      topology: THREE,
      load: BUSY,
      times: BRIEF,
      steps: [{ at: "fault", everyMs: 200, action: { kind: "goaway", hosts: [0, 1, 2] } }],
      faulty: [],
    },
    {
      name: "10 hosts, 500 calls/s and streams",
      topology: TEN,
      load: MIXED,
      times: BRIEF,
      steps: [{ at: "fault", everyMs: 200, action: { kind: "goaway", hosts: range(0, 10) } }],
      faulty: [],
    },
  ],
};
