import type { Scenario } from "../scenario.ts";
import { BRIEF, during, LOW, THREE } from "./common.ts";

export const fdLimit: Scenario = {
  slug: "fd-limit",
  fault: "the client cannot open a descriptor (EMFILE), and one host dies meanwhile",
  target: "the live connections serve: reads 0 errors; no busy loop",
  cases: [
    {
      name: "3 hosts, 200 calls/s",
      topology: THREE,
      load: LOW,
      times: BRIEF,
      steps: [
        ...during({ kind: "client", fault: { kind: "descriptors" } }, { kind: "client", fault: { kind: "release" } }),
        { at: "fault", plusMs: 500, action: { kind: "signal", hosts: [0], signal: "SIGKILL" } },
        { at: "heal", action: { kind: "restart", hosts: [0] } },
      ],
      faulty: [0],
    },
  ],
};
