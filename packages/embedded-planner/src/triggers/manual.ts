import { NodeType } from "@agent-team/contracts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { schedule } from "./schedule.ts";
import { takeWhen } from "./when.ts";

const BY_HAND =
  /^(?:(?:start|run|trigger) (?:it )?)?(?:manually|by hand|on demand)$|^(?:i|we) (?:start|run|trigger) (?:it|this)(?: (?:manually|by hand|myself))?$|^(?:i|we) (?:press|click|push) (?:the|a|my) (?:\S+ )?button$/i;

/** Takes "manually", "when I press the button". */
export function takeByHand(reading: Reading): boolean {
  return reading.take(BY_HAND) !== undefined;
}

/** A person starts the workflow. The input of the run is "it" only if the request asks for a manual start (`isGiven`). */
export function manual({ isGiven }: { readonly isGiven: boolean }): Step {
  return {
    type: NodeType.TRIGGER,
    subtype: "MANUAL",
    name: "Start by hand",
    sentence: () => "Start by hand, whenever you say so",
    retime: (said) => {
      const when = takeWhen(said);
      return when === undefined ? undefined : schedule(when);
    },
    yields: isGiven ? "output" : "nothing",
    reads: false,
    configuration: () => ({ configuration: {} }),
  };
}
