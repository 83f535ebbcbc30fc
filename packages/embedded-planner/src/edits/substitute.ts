import type { Program } from "../program.ts";
import { type Edited, refused } from "./edit.ts";

const SWAP = /^(?:change|replace|swap|switch) (?:the )?(.{1,200}?) (?:to|with|by|into|for) (?:the )?(.{1,200})$/i;
const INSTEAD =
  /^(?:use|take|make it|tell|write|(?:send|post)(?: it| them)? to) (.{1,200}?) (?:instead of|rather than|and not|not) (.{1,200})$/i;

/** "change 1000 to 500", "use #ops instead of #sales". The caller looks for the words in the request. */
export function substitute(text: string): Edited | undefined {
  const swap = SWAP.exec(text);
  const instead = INSTEAD.exec(text);
  const [from = "", to = ""] = swap?.slice(1) ?? instead?.slice(1).reverse() ?? [];
  if (from === "") return undefined;
  return { kind: "substituted", from, to, says: `I changed "${from}" to "${to}".` };
}

const NUMBER = "[$€£]?-?\\d[\\d,]*(?:\\.\\d+)?k?";
const LIMIT = new RegExp(
  `^(?:(?:make|set|change|raise|lower|increase|decrease|reduce) (?:it|(?:the )?(?:condition|limit|threshold|amount|value|minimum|maximum|[\\p{L}_]+))(?: to)?|only if it is|rather) ?(?:(?:over|above|under|below|at least|at most|more than|less than) )?(${NUMBER})(?:,? (?:instead|rather))?$`,
  "iu",
);

/** "make it over 500", "raise the limit to 2000": the number of the only condition with one number. */
export function changeLimit(text: string, { items }: Program): Edited | undefined {
  const to = LIMIT.exec(text)?.[1];
  if (to === undefined) return undefined;
  const limits = items.flatMap((item) => {
    const numbers = item.kind === "if" ? (item.condition.words.match(new RegExp(NUMBER, "giu")) ?? []) : [];
    return item.kind === "if" && numbers.length > 0 ? [{ words: item.condition.words, numbers }] : [];
  });
  const [limit] = limits;
  const from = limit?.numbers[0];
  if (limit === undefined || from === undefined) return undefined;
  if (limits.length > 1 || limit.numbers.length > 1) {
    return refused(`Which number should become ${to}? Say for example "change ${from} to ${to}".`);
  }
  const comparator = /\b(?:over|above|under|below|at least|at most|more than|less than)\b/i
    .exec(text)?.[0]
    .toLowerCase();
  if (comparator !== undefined && !limit.words.toLowerCase().includes(comparator)) {
    return refused(
      `The condition is "${limit.words}". Say for example "change ${limit.words} to ${limit.words.replace(from, to)}".`,
    );
  }
  const words = limit.words.replace(from, to);
  return { kind: "substituted", from: limit.words, to: words, says: `The condition is now "${words}".` };
}
