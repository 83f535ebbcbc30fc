import type { Scenario, Times, Topology } from "../scenario.ts";
import { failingSteps, kill, LOW, stop } from "./common.ts";

const FIRST = [0, 1, 2];
/** The environment has the first three, DNS the others. grpc-js has no tiers: it gets all six, in this order. */
const TWO_TIERS: Topology = { hosts: 6, discovery: "tiers", tiers: [FIRST, [3, 4, 5]] };
const TIMES: Times = { warmMs: 1_500, faultMs: 2_500, healMs: 8_500, endMs: 21_000 };

export const tierFailover: Scenario = {
  slug: "tier-failover",
  fault: "all hosts of the best tier die, hang or fail, and return",
  target: "reads: 0 errors; away in ≤ 1.1 s (hangs, fails: 2 s); back in ≤ 12 s",
  cases: [
    { name: "die", topology: TWO_TIERS, load: LOW, times: TIMES, steps: kill(FIRST), faulty: FIRST },
    { name: "hang", topology: TWO_TIERS, load: LOW, times: TIMES, steps: stop(FIRST), faulty: FIRST },
    { name: "fail", topology: TWO_TIERS, load: LOW, times: TIMES, steps: failingSteps(FIRST), faulty: FIRST },
  ],
};
