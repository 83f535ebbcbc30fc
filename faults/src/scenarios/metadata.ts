import type { Case, Scenario } from "../scenario.ts";
import { during, LOW, QUICK, THREE } from "./common.ts";

export const metadata: Scenario = {
  slug: "metadata",
  fault: "one host answers with large metadata",
  target: "RESOURCE_EXHAUSTED, that call only",
  cases: [64, 1_024].map(
    (kib): Case => ({
      name: `${kib} KiB`,
      topology: THREE,
      load: LOW,
      times: QUICK,
      steps: during(
        { kind: "manner", hosts: [0], manner: { metadataBytes: kib * 1_024 } },
        { kind: "manner", hosts: [0], manner: {} },
      ),
      faulty: [0],
    }),
  ),
};
