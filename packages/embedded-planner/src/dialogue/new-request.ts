import type { Understanding } from "../understand/understand.ts";

const NEW = /^(?:a )?new (?:workflow|request)[:,] ?|^start over[:,]? ?/i;

/** Words about an existing workflow. */
const CHANGE =
  /^(?:please |no,? |and |then |but )*(?:also|instead|make it|make the|change|drop|remove|rename|replace|move|swap|add|set it|use|why|undo|revert|not )\b|\b(?:instead|too|as well|rather|the draft|the approval|the condition|the schedule|that step)[.!]?$/i;

/** "New workflow: …" begins again: earlier messages do not count. */
export function takeNew(text: string): { readonly text: string; readonly isNew: boolean } {
  const rest = text.replace(NEW, "");
  return { text: rest, isNew: rest !== text && rest !== "" };
}

/** Whether the words ask for a change of an existing workflow. */
export function isChange(text: string): boolean {
  return CHANGE.test(text);
}

/**
 * Whether a message is a complete request of its own, although there is a draft or an open question. One or two steps may
 * be meant as an addition, so they are not. `saysAnew`: the question asked for the request in other words.
 */
export function isWhole(text: string, { trigger, items }: Understanding, saysAnew = false): boolean {
  if (isChange(text)) return false;
  const steps = items.filter(({ kind }) => kind === "step").length;
  const [first] = items;
  const beginsItself = first?.kind === "step" && !first.step.reads && first.step.yields === "body";
  if (steps === 0) return false;
  return trigger !== undefined || (beginsItself && (steps > 1 || saysAnew));
}
