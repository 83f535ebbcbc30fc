import type { Scenario } from "../scenario.ts";
import { BRIEF, MIXED, NINE } from "./common.ts";

export const zoneCost: Scenario = {
  slug: "zone-cost",
  fault: "none: nine hosts in three zones",
  target: "≤ 3 % of the attempts outside the client's zone; skew ≤ 1.15",
  cases: [
    {
      name: "9 hosts, 500 calls/s",
      topology: NINE,
      load: { ...MIXED, streams: 0 },
      times: BRIEF,
      steps: [],
      faulty: [],
    },
  ],
};
