import type { Scenario } from "../scenario.ts";
import { during, LOW, SHORT, THREE } from "./common.ts";

export const trickle: Scenario = {
  slug: "trickle",
  fault: "one host sends its messages at one byte a second, or its bytes vanish on the way",
  target: "the host is penalised; flat memory",
  cases: [
    {
      name: "one byte a second",
      topology: THREE,
      load: LOW,
      times: SHORT,
      steps: during(
        { kind: "manner", hosts: [0], manner: { trickles: true } },
        { kind: "manner", hosts: [0], manner: {} },
      ),
      faulty: [0],
    },
    {
      name: "half-open",
      topology: { ...THREE, proxied: true },
      load: LOW,
      times: SHORT,
      steps: during(
        { kind: "proxy", hosts: [0], fault: { kind: "half-open" } },
        { kind: "proxy", hosts: [0], fault: { kind: "none" } },
      ),
      faulty: [0],
    },
  ],
};
