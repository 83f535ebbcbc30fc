import type { PlanInput } from "../plan.ts";
import { read } from "../understand/read.ts";
import { howToStore } from "./explain.ts";
import { isChange, isWhole } from "./new-request.ts";
import { type Order, orderIn } from "./orders.ts";
import { isGreeting } from "./small-talk.ts";

const ACTIVATE =
  /^(?:ok(?:ay)?,? |yes,? |please |now |great,? )*(?:activate|enable|schedule) (?:it|this|that|the (?:workflow|draft))(?: now| please)*[.!]?$/i;
const ORDERS: ReadonlySet<Order | undefined> = new Set(["save", "run"]);
const THANKS = /^(?:thanks?(?: you)?|thx|great|perfect|ok(?:ay)?|yes|fine|good|cool)\b[\s,.!]*$/i;

const ANEW =
  'Say one change at a time, for instance "make it 8:30", "drop the approval", "also tell #sales after the post" or "undo". Say the whole request once more if more is different. For something else begin with "new workflow:".';

/**
 * The answer to a message about the draft, or to a fragment that may be about it: the draft stays as it is. `undefined`:
 * the message is a request of its own.
 */
export function aboutDraft(text: string, { hasDraft = false, conversationId }: PlanInput): string | undefined {
  const isOrder = ORDERS.has(orderIn(text)) || ACTIVATE.test(text);
  if (!hasDraft) return isOrder ? "There is no draft yet. What would you like to automate?" : undefined;
  if (isOrder) return `I draft; the gateway stores and runs. ${howToStore(conversationId)}`;
  if (THANKS.test(text)) return `You are welcome. ${howToStore(conversationId)}`;
  if (isGreeting(text) || isWhole(text, read(text))) return undefined;
  return `Your draft stays as it is. ${isChange(text) ? "" : `I cannot place "${text.slice(0, 160).toWellFormed()}" in it. `}${ANEW}`;
}
