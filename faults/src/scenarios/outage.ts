import type { Scenario } from "../scenario.ts";
import { kill, LOW, THREE } from "./common.ts";

export const outage: Scenario = {
  slug: "outage",
  fault: "SIGKILL of all hosts, which start again after 4 s",
  target: "99 % goodput ≤ 3 s after; connections per host ≤ 2 × steady",
  cases: [
    {
      name: "3 hosts, 200 calls/s",
      topology: THREE,
      load: LOW,
      times: { warmMs: 1_500, faultMs: 2_500, healMs: 6_500, endMs: 16_500 },
      steps: kill([0, 1, 2]),
      faulty: [0, 1, 2],
    },
  ],
};
