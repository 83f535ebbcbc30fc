import type { Scenario } from "../scenario.ts";
import { MIXED, NINE, SHORT, stop } from "./common.ts";

export const zoneOutage: Scenario = {
  slug: "zone-outage",
  fault: "SIGSTOP of all three hosts of the client's zone",
  target: "reads: 0 errors from 2 s on; p99 ≤ 2 × in 3 s",
  cases: [
    {
      name: "9 hosts, 500 calls/s",
      topology: NINE,
      load: { ...MIXED, streams: 0 },
      times: SHORT,
      steps: stop([0, 3, 6]),
      faulty: [0, 3, 6],
    },
  ],
};
