import type { Scenario, Topology } from "../scenario.ts";
import { FROM_THE_START, LOW, range } from "./common.ts";

const DEAD = range(0, 6);
const EIGHT: Topology = { hosts: 8, discovery: "dns" };

export const deadFirst: Scenario = {
  slug: "dead-first",
  fault: "the first six of eight addresses are dead",
  target: "first call ≤ 300 ms",
  cases: [
    { name: "refused", topology: { ...EIGHT, down: DEAD }, load: LOW, times: FROM_THE_START, steps: [], faulty: DEAD },
    {
      name: "black hole",
      topology: { ...EIGHT, blackHoles: DEAD },
      load: LOW,
      times: FROM_THE_START,
      steps: [],
      faulty: DEAD,
    },
  ],
};
