import type { Understanding } from "../understand/understand.ts";

const NEW = /^(?:a )?new (?:workflow|request)[:,] ?|^start over[:,]? ?/i;

/** Words that speak of something there is already. */
const CHANGE =
  /^(?:please |no,? |and |then |but )*(?:also|instead|make it|make the|change|drop|remove|rename|replace|move|swap|add|set it|use|why|undo|revert|not )\b|\b(?:instead|too|as well|rather|the draft|the approval|the condition|the schedule|that step)[.!]?$/i;

/** "New workflow: …" says that nothing said before counts. */
export function takeNew(text: string): { readonly text: string; readonly isNew: boolean } {
  const rest = text.replace(NEW, "");
  return { text: rest, isNew: rest !== text && rest !== "" };
}

/** Whether the words speak of changing something. */
export function isChange(text: string): boolean {
  return CHANGE.test(text);
}

/**
 * Whether a message stands as a request by itself, beside a draft or an open question. A step or two may as well be meant
 * as an addition. `saysAnew`: the person was asked to say the request once more.
 */
export function isWhole(text: string, { trigger, items }: Understanding, saysAnew = false): boolean {
  if (isChange(text)) return false;
  const steps = items.filter(({ kind }) => kind === "step").length;
  const [first] = items;
  const beginsItself = first?.kind === "step" && !first.step.reads && first.step.yields === "body";
  if (steps === 0) return false;
  return trigger !== undefined || (beginsItself && (steps > 1 || saysAnew));
}
