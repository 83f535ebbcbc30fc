import type { Scenario } from "../scenario.ts";
import { BUSY, LOW, MIXED, SHORT, stop, TEN, THREE } from "./common.ts";

export const stall: Scenario = {
  slug: "stall",
  fault: "SIGSTOP of one host: its connections stay and nothing answers",
  target:
    "reads, deadline 5 s: 0 errors; < 1 % of the attempts after 1 s; p99 ≤ 1.5 × from 2 s on; streams fail in ≤ 10 s; back in ≤ 15 s",
  cases: [
    { name: "3 hosts, 200 calls/s", topology: THREE, load: LOW, times: SHORT, steps: stop([0]), faulty: [0] },
    {
      name: "3 hosts, ten in flight on each",
      topology: THREE,
      load: BUSY,
      times: SHORT,
      steps: stop([0]),
      faulty: [0],
    },
    {
      name: "10 hosts, 500 calls/s and streams, 12 s",
      topology: TEN,
      load: MIXED,
      times: { warmMs: 2_000, faultMs: 3_000, healMs: 15_000, endMs: 18_000 },
      steps: stop([0]),
      faulty: [0],
    },
  ],
};
