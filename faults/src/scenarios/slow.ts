import type { Scenario, Step, Times } from "../scenario.ts";
import { BUSY, LOW, MIXED, SHORT, TEN, THREE } from "./common.ts";

/**
 * With calls of 100 ms, so many are on the slow host before the first of them could be late that they are 1 % of six seconds, and p99 would be
 * theirs.
 */
const LONGER: Times = { ...SHORT, healMs: 20_000, endMs: 24_000 };

const STEPS: readonly Step[] = [
  { at: "fault", action: { kind: "manner", hosts: [0], manner: { slowBy: 10 } } },
  { at: "heal", action: { kind: "manner", hosts: [0], manner: {} } },
];

export const slow: Scenario = {
  slug: "slow",
  fault: "one host is ten times slower",
  target: "p99 ≤ 1.3 × the healthy one; ≤ 0.5 % of the attempts after 1 s",
  cases: [
    { name: "3 hosts, 200 calls/s", topology: THREE, load: LOW, times: SHORT, steps: STEPS, faulty: [0] },
    { name: "3 hosts, ten in flight on each", topology: THREE, load: BUSY, times: LONGER, steps: STEPS, faulty: [0] },
    { name: "10 hosts, 500 calls/s and streams", topology: TEN, load: MIXED, times: SHORT, steps: STEPS, faulty: [0] },
  ],
};
