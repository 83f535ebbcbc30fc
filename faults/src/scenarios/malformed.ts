import type { ProxyFault } from "../network/proxy-fault.ts";
import type { Case, Scenario } from "../scenario.ts";
import type { Malformed, Manner } from "../servers/manner.ts";
import { during, LOW, QUICK, THREE } from "./common.ts";

const MALFORMED: readonly Malformed[] = ["status", "no-status", "cut", "huge", "garbage"];

function manner(name: string, fault: Manner): Case {
  const steps = during({ kind: "manner", hosts: [0], manner: fault }, { kind: "manner", hosts: [0], manner: {} });
  return { name, topology: THREE, load: LOW, times: QUICK, steps, faulty: [0] };
}

function proxied(name: string, fault: ProxyFault): Case {
  const steps = during({ kind: "proxy", hosts: [0], fault }, { kind: "proxy", hosts: [0], fault: { kind: "none" } });
  return { name, topology: { ...THREE, proxied: true }, load: LOW, times: QUICK, steps, faulty: [0] };
}

export const malformed: Scenario = {
  slug: "malformed",
  fault: "one host breaks the protocol",
  target: "never a success, never a crash; that connection only",
  cases: [
    ...MALFORMED.map((kind) => manner(`answers: ${kind}`, { malformed: kind })),
    proxied("one bit of each segment flipped", { kind: "corrupt" }),
    proxied("FIN within a frame", { kind: "cut", afterBytes: 500 }),
    proxied("RST at once", { kind: "reset" }),
  ],
  generated: { name: "generated exchanges", exchanges: 100_000 },
};
