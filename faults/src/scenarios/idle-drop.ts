import type { Scenario } from "../scenario.ts";
import { LOW, THREE } from "./common.ts";

export const idleDrop: Scenario = {
  slug: "idle-drop",
  fault: "connections without a byte for 3 s are forgotten on the way, and no call comes for 4 s",
  target: "0 errors; wait ≤ 1 s (with a verification after 2 s without a byte; the default is 60 s)",
  cases: [
    {
      name: "3 hosts, 200 calls/s",
      topology: { ...THREE, proxied: true },
      load: { ...LOW, pauseMs: 4_000 },
      times: { warmMs: 1_500, faultMs: 2_500, healMs: 6_500, endMs: 14_000 },
      steps: [{ at: "start", action: { kind: "proxy", hosts: [0, 1, 2], fault: { kind: "forget", idleMs: 3_000 } } }],
      faulty: [],
      ourOptions: { idleVerifyMs: 2_000 },
    },
  ],
};
