import type { Scenario } from "../scenario.ts";
import { LOW, SHORT, THREE } from "./common.ts";

export const flapping: Scenario = {
  slug: "flapping",
  fault: "one host refuses connections for a second and accepts them for a second, in turns",
  target: "reads: 0 errors; attempts/call ≤ 1.02; ≤ 1 connect/s after 10 s",
  cases: [
    {
      name: "3 hosts, 200 calls/s",
      topology: { ...THREE, proxied: true },
      load: LOW,
      times: SHORT,
      steps: [
        { at: "fault", everyMs: 2_000, action: { kind: "proxy", hosts: [0], fault: { kind: "refuse" } } },
        { at: "fault", plusMs: 1_000, everyMs: 2_000, action: { kind: "proxy", hosts: [0], fault: { kind: "none" } } },
      ],
      faulty: [0],
    },
  ],
};
