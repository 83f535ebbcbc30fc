import { NodeType } from "@agent-team/contracts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const BY_HAND = /^(?:(?:start )?(?:it )?(?:manually|by hand|on demand)|i (?:start|press|click|run|trigger)\b.*)/i;

/** Takes "manually", "when I press the button". */
export function takeByHand(reading: Reading): boolean {
  return reading.take(BY_HAND) !== undefined;
}

/** Nobody said what starts it, so a person does. */
export function manual(): Step {
  return {
    type: NodeType.TRIGGER,
    subtype: "MANUAL",
    name: "Start by hand",
    sentence: () => "Start by hand, whenever you say so",
    yields: "output",
    reads: false,
    configuration: () => ({ configuration: {} }),
  };
}
