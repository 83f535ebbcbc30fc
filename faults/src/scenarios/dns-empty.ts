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

export const dnsEmpty: Scenario = {
  slug: "dns-empty",
  fault: "the name has no address, and one host dies while it has none",
  target: "reads: 0 errors; the other hosts stay",
  cases: [
    { name: "empty answer", topology: THREE, load: LOW, times: SHORT, steps: steps("empty"), faulty: [0] },
    { name: "NXDOMAIN", topology: THREE, load: LOW, times: SHORT, steps: steps("nxdomain"), faulty: [0] },
  ],
};
