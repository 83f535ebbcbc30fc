import type { Scenario } from "../scenario.ts";
import { FROM_THE_START, LOW } from "./common.ts";

export const silentPeer: Scenario = {
  slug: "silent-peer",
  fault: "a host accepts TCP and sends nothing, from the start",
  target: "beside another: first call ≤ 300 ms; alone: error in ≤ 3.5 s",
  cases: [
    {
      name: "the first of two",
      topology: { hosts: 2, discovery: "dns", proxied: true },
      load: LOW,
      times: FROM_THE_START,
      steps: [{ at: "start", action: { kind: "proxy", hosts: [0], fault: { kind: "silent" } } }],
      faulty: [0],
    },
    {
      name: "alone, calls with a deadline of 20 s",
      topology: { hosts: 1, discovery: "dns", proxied: true },
      load: { ...LOW, rps: 10, deadlineMs: 20_000 },
      times: FROM_THE_START,
      steps: [{ at: "start", action: { kind: "proxy", hosts: [0], fault: { kind: "silent" } } }],
      faulty: [0],
    },
  ],
};
