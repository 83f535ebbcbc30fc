import type { Scenario } from "../scenario.ts";
import { BRIEF, BUSY, kill, MIXED, TEN, THREE } from "./common.ts";

export const killOne: Scenario = {
  slug: "kill",
  fault: "SIGKILL of one host, which starts again at the same address",
  target: "reads: 0 errors; writes: ≤ in flight there, all maybe processed; p99 ≤ 1.1 ×; attempts/call ≤ 1.01",
  cases: [
    {
      name: "3 hosts, ten in flight on each",
      topology: THREE,
      load: BUSY,
      times: BRIEF,
      steps: kill([0]),
      faulty: [0],
    },
    {
      name: "10 hosts, 500 calls/s and streams",
      topology: TEN,
      load: MIXED,
      times: BRIEF,
      steps: kill([0]),
      faulty: [0],
    },
  ],
};
