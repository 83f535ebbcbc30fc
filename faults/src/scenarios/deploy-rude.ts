import type { Scenario, Step } from "../scenario.ts";
import { MIXED, range } from "./common.ts";

export const deployRude: Scenario = {
  slug: "deploy-rude",
  fault: "ten hosts are replaced one by one: listed anew, and ended by SIGTERM at once without GOAWAY",
  target: "reads: 0 errors; writes: in flight there only",
  cases: [
    {
      name: "10 hosts, 500 calls/s and streams",
      topology: { hosts: 10, spare: 10, discovery: "dns" },
      load: MIXED,
      times: { warmMs: 2_000, faultMs: 3_000, healMs: 13_000, endMs: 15_000 },
      steps: range(0, 10).flatMap((host): readonly Step[] => [
        { at: "fault", plusMs: host * 1_000, action: { kind: "list", hosts: range(host + 1, host + 11) } },
        { at: "fault", plusMs: host * 1_000, action: { kind: "signal", hosts: [host], signal: "SIGTERM" } },
      ]),
      faulty: range(0, 10),
    },
  ],
};
