import type { Item, Program, StepItem } from "../program.ts";
import { read } from "../understand/read.ts";
import { changed, type Edited, refused } from "./edit.ts";
import { listSteps, nameOf, targets } from "./target.ts";

const LEAD = /^(?:(?:and|also|then|additionally|plus|besides|afterwards|finally|after that),? )+/i;
const TAIL = /(?:,? (?:too|as well|also|at the end))+$/i;
const PLACE = /^(.+?),? (before|after) (?:the |that )?([\p{L}#\d -]{1,60}|https?:\S+)$/iu;
const PLACED_FIRST = /^(before|after) (?:the |that )?([\p{L}#\d -]{1,60}?),? (.+)$/iu;

/** "add an approval" in the words of a request. */
const NOUNS: readonly (readonly [noun: RegExp, request: string])[] = [
  [/^add (?:an? |the |another |my )?(?:approval|confirmation)(?: step)?$/i, "ask me to approve"],
  [/^add (?:a |another )?(?:wait|delay|pause)(?: of| for)? (.+)$/i, "wait $1"],
  [/^add (?:a |another )?(?:slack )?(?:message|notification|post) to (.+)$/i, "post it to $1"],
  [/^add (?:a |another )?(?:step|node) (?:that |to |which )(?:will )?(.+)$/i, "$1"],
  [/^(?:let me approve|ask me|ask for approval)(?: it)?$/i, "ask me to approve"],
];

/** "also tell #sales after the post", "then wait 5 minutes", "ask me first". */
export function add(text: string, program: Program): Edited | undefined {
  const bare = text.replace(LEAD, "").replace(TAIL, "");
  const { said, where, there } = place(bare);
  const request = NOUNS.reduce((words, [noun, replacement]) => words.replace(noun, replacement), said);
  const { trigger, items, leftovers } = read(request);
  const steps = items.filter((item) => item.kind === "step");
  if (trigger !== undefined || steps.length === 0 || steps.length < items.length || leftovers.length > 0)
    return undefined;
  const at = position(program, where, there);
  if (at === undefined) return refused(`I do not know where "${there}" is. The steps are ${listSteps(program)}.`);
  const added: readonly StepItem[] = steps.map((item, index) => ({
    ...item,
    isUnsure: index === 0 && isUnsure(program, at, where),
  }));
  const before = program.items[at - 1];
  const says = `I added ${added.map((item) => `"${nameOf(item)}"`).join(" and ")}${before === undefined ? " as the first step" : ` after "${nameOf(before)}"`}.`;
  return changed({ ...program, items: program.items.toSpliced(at, 0, ...added) }, says);
}

interface Place {
  readonly said: string;
  readonly where?: "before" | "after" | undefined;
  readonly there: string;
}

function place(text: string): Place {
  const first = /^(.+?)(?:,)? first$/i.exec(text)?.[1];
  if (first !== undefined) return { said: first, where: "before", there: "" };
  const [, lead, target, rest] = PLACED_FIRST.exec(text) ?? [];
  if (rest !== undefined) return { said: rest, where: where(lead), there: target ?? "" };
  const [, said = text, word, there = ""] = PLACE.exec(text) ?? [];
  return { said, where: where(word), there };
}

function where(word: string | undefined): Place["where"] {
  if (word === undefined) return undefined;
  return /before/i.test(word) ? "before" : "after";
}

/** The index in the items; `undefined` if the place is not known or not unique. */
function position(program: Program, where: Place["where"], there: string): number | undefined {
  if (where === undefined) return program.items.length;
  // "Ask me first": before the last step, which is the one with an effect.
  const found = there === "" ? lastEffect(program) : targets(there, program);
  const [index] = found;
  if (index === undefined || found.length > 1) return undefined;
  return where === "before" ? index : index + 1;
}

function lastEffect({ items }: Program): readonly number[] {
  const effects = items.flatMap((item, index) =>
    item.kind === "step" && item.step.yields === "nothing" ? [index] : [],
  );
  return effects.length === 1 ? effects : [];
}

/** At the end, behind a branch, the words do not decide whether the step belongs to that case. */
function isUnsure({ items }: Program, at: number, where: Place["where"]): boolean {
  const isCase = ({ kind }: Item): boolean => !["step", "join", "after-each"].includes(kind);
  const gated = items.some((item) => isCase(item) || (item.kind === "step" && item.step.subtype === "APPROVAL"));
  return where === undefined && at > 0 && gated && items.at(-1)?.kind !== "join";
}
