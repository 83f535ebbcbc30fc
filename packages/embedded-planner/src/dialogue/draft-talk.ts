import type { PlanInput } from "../plan.ts";
import { read } from "../understand/read.ts";
import { HOW_TO_STORE } from "./explain.ts";
import { isChange, isWhole } from "./new-request.ts";
import { mayMean, orderIn } from "./orders.ts";
import { isGreeting } from "./small-talk.ts";

const THANKS = /^(?:thanks?(?: you)?|thx|great|perfect|ok(?:ay)?|yes|fine|good|cool)\b[\s,.!]*$/i;

const ANEW =
  'Say one change at a time, for instance "make it 8:30", "drop the approval", "also tell #sales after the post" or "undo". Say the whole request once more if more is different. For something else begin with "new workflow:".';

/** The answer to a message about the draft. `mayMean`: the order that the person may have meant. */
export interface DraftTalk {
  readonly text: string;
  readonly mayMean?: "save" | "run" | undefined;
}

/**
 * The answer to a message about the draft, or to a fragment that may be about it: the draft stays as it is. `undefined`:
 * the message is a request of its own.
 */
export function aboutDraft(text: string, { hasDraft = false }: PlanInput): DraftTalk | undefined {
  const order = orderIn(text);
  if (!hasDraft) {
    const isAboutNone = order === undefined || order === "start-again" || order === "show";
    return isAboutNone ? undefined : { text: "There is no draft yet. What would you like to automate?" };
  }
  if (order !== undefined) return { text: "I only draft. The program in which you write saves and runs the draft." };
  if (THANKS.test(text)) return { text: `You are welcome. ${HOW_TO_STORE}` };
  if (isGreeting(text) || isWhole(text, read(text))) return undefined;
  const meant = isChange(text) ? undefined : mayMean(text);
  if (meant !== undefined) {
    return { text: "I have saved nothing and run nothing, because I am not sure that you want it.", mayMean: meant };
  }
  const placed = isChange(text) ? "" : `I cannot place "${text.slice(0, 160).toWellFormed()}" in it. `;
  return { text: `Your draft stays as it is. ${placed}${ANEW}` };
}
