import type { Scenario, Step, Times } from "../scenario.ts";
import { LOW, range } from "./common.ts";

const NEW = range(2, 50);
const FIFTY = { hosts: 2, spare: 48, hostsPerProcess: 10 };
const TIMES: Times = { warmMs: 1_500, faultMs: 2_500, healMs: 17_500, endMs: 22_500 };
const STEPS: readonly Step[] = [
  { at: "fault", action: { kind: "list", hosts: range(0, 50) } },
  { at: "heal", action: { kind: "list", hosts: [0, 1] } },
];

export const scale: Scenario = {
  slug: "scale",
  fault: "2 hosts become 50, and 2 again",
  target: "the new ones have ≥ 80 % of the calls in ≤ 15 s (API); shrinking: 0 errors; skew ≤ 1.15",
  cases: [
    {
      name: "found by DNS",
      topology: { ...FIFTY, discovery: "dns" },
      load: LOW,
      times: TIMES,
      steps: STEPS,
      faulty: NEW,
    },
    {
      name: "found by Cloud Map's API; grpc-js by DNS",
      topology: { ...FIFTY, discovery: "cloud-map" },
      load: LOW,
      times: TIMES,
      steps: STEPS,
      faulty: NEW,
    },
  ],
};
