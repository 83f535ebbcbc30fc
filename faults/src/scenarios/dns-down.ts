import type { DnsBehaviour } from "../network/dns-server.ts";
import type { Scenario, Step } from "../scenario.ts";
import { LOW, SHORT, THREE } from "./common.ts";

/** The host dies a second into the fault and is not replaced before the end of it. */
function steps(behaviour: DnsBehaviour): readonly Step[] {
  return [
    { at: "fault", action: { kind: "dns", behaviour } },
    { at: "fault", plusMs: 1_000, action: { kind: "signal", hosts: [0], signal: "SIGKILL" } },
    { at: "heal", action: { kind: "dns", behaviour: "answer" } },
    { at: "heal", action: { kind: "restart", hosts: [0] } },
  ];
}

export const dnsDown: Scenario = {
  slug: "dns-down",
  fault: "the name server fails, and one host dies while it does",
  target: "reads: 0 errors; no other connection ends",
  cases: [
    { name: "SERVFAIL", topology: THREE, load: LOW, times: SHORT, steps: steps("servfail"), faulty: [0] },
    { name: "no answer", topology: THREE, load: LOW, times: SHORT, steps: steps("silent"), faulty: [0] },
  ],
};
