import type { Scenario, Step } from "../scenario.ts";
import { BUSY, LOW, MIXED, SHORT, TEN, THREE } from "./common.ts";

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
    { name: "3 hosts, ten in flight on each", topology: THREE, load: BUSY, times: SHORT, steps: STEPS, faulty: [0] },
    { name: "10 hosts, 500 calls/s and streams", topology: TEN, load: MIXED, times: SHORT, steps: STEPS, faulty: [0] },
  ],
};
