import type { Case, ClientFault, Scenario } from "../scenario.ts";
import { BRIEF, during, LOW, THREE } from "./common.ts";

function client(name: string, fault: ClientFault, heal: ClientFault): Case {
  const steps = during({ kind: "client", fault }, { kind: "client", fault: heal });
  return { name, topology: THREE, load: LOW, times: BRIEF, steps, faulty: [] };
}

export const clockJump: Scenario = {
  slug: "clock",
  fault: "the client's wall clock jumps by an hour, or its event loop stands still for 2 s",
  target: "no error, no false ejection",
  cases: [
    client("an hour forward", { kind: "clock", byMs: 3_600_000 }, { kind: "clock", byMs: 0 }),
    client("an hour back", { kind: "clock", byMs: -3_600_000 }, { kind: "clock", byMs: 0 }),
    client("blocked for 2 s", { kind: "block", ms: 2_000 }, { kind: "block", ms: 0 }),
  ],
};
