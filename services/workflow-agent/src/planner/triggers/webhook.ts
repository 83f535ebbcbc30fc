import { NodeType } from "@agent-team/contracts";
import { UNSUPPORTED } from "../lexicon.ts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const ARRIVES =
  /^(?:an? |the |there is an? )?(?:new |incoming )?([\p{L}\p{N}_ -]{1,60}?) (?:arrives?|comes? in|fires?|gets? (?:called|posted|sent|submitted)|(?:is|are|was) (?:posted|received|sent|submitted|created|called|triggered|placed))(?: (?:to|at|on|via|by) (?:the |a |my )?(?:webhook|hook))?/iu;
const NAMED =
  /^(?:(?:an?|the|every|each|any|new|incoming) )*(webhooks?(?: (?:call|request|event))?)(?: (?:arrives?|comes in|fires|trigger|is (?:called|received|triggered)))?/i;
const RECEIVED = /^(?:i|we) (?:get|receive) (?:an? |the )?(?:new )?([\p{L}\p{N}_ -]{1,60})/iu;

/** "a webhook arrives", "an order is posted". What we cannot listen to (a mailbox, a calendar) is not taken. */
export function webhook(reading: Reading): Step | undefined {
  const match = reading.take(NAMED) ?? reading.take(ARRIVES) ?? reading.take(RECEIVED);
  const what = match?.[1];
  if (what === undefined || UNSUPPORTED.test(what)) return undefined;
  const isPlain = /^webhook/i.test(what);
  return {
    type: NodeType.TRIGGER,
    subtype: "WEBHOOK",
    name: isPlain ? "Webhook" : `Webhook for ${what}`,
    sentence: () =>
      isPlain ? "Start when its webhook is called" : `Start when its webhook is called, once for each ${what}`,
    yields: "output",
    reads: false,
    configuration: () => ({ configuration: {} }),
  };
}
