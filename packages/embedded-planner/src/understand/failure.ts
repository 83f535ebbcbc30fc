import type { Item, StepItem } from "../program.ts";
import { canFail } from "../steps/policy.ts";

const STEP =
  "call|request|fetch|fetching|get|download|post|posting|send|sending|upload|message|slack message|summary|translation";
/** Words for what a request calls. */
const SERVER = "the (?:site|website|page|server|service|api|url|endpoint)";
const SUBJECT = `(?:it|that|this|${SERVER}|(?:the|that|this) (?:${STEP})|all (?:of )?(?:the )?(?:attempts|retries|tries)|anything|something|any (?:step|of them)|one of them)`;
const FAILS =
  "(?:still |also |ever )?(?:fails?|failed|goes wrong|errors(?: out)?|times out|(?:does not|doesn't) (?:work|succeed|respond|answer)|(?:can't|cannot|can not) be reached|is (?:down|offline|unreachable|unavailable|not (?:reachable|available)))(?: again)?";

/** Words before what happens after a failure, as the source of a regular expression. */
export const FAILURE_WORDS: string = `(?:but |and )?(?:(?:only )?(?:if|when|in case) ${SUBJECT} ${FAILS}|should ${SUBJECT} fail|(?:on|upon|in case of) (?:an? |any )?(?:errors?|failures?))`;

const KINDS: readonly { readonly words: RegExp; readonly fits: (item: StepItem) => boolean }[] = [
  { words: /\bthe (?:slack )?message\b/i, fits: ({ step }) => step.subtype === "SLACK" },
  { words: /\bthe (?:summary|translation)\b/i, fits: ({ step }) => step.subtype === "GENERATE" },
  { words: /\bthe (?:fetch|fetching|get|download)\b/i, fits: ({ step }) => step.method === "GET" },
  {
    words: /\bthe (?:post|posting|send|sending|upload)\b/i,
    fits: ({ step }) => step.subtype === "SLACK" || (step.method !== undefined && step.method !== "GET"),
  },
];

/** A step that may fail, or why it is not clear which one. */
export type Failing = { readonly index: number } | { readonly why: string };

/**
 * The step to which "if it fails" and "retry" refer; `undefined` without one. "It" is the last step if no other step of the sentence can
 * fail: `from` is the index of the first one.
 */
export function failingStep(items: readonly Item[], words: string, from: number): Failing | undefined {
  const steps = items.flatMap((item, index) => (item.kind === "step" && canFail(item.step) ? [{ item, index }] : []));
  const kind = KINDS.find((each) => each.words.test(words));
  const meant = kind === undefined ? steps : steps.filter(({ item }) => kind.fits(item));
  const last = meant.at(-1);
  if (last === undefined) return undefined;
  const isAny = /\b(?:any\w*|something|one of them)\b/i.test(words);
  const others = meant.filter(({ index }) => isAny || kind !== undefined || index >= from);
  if (others.length > 1) {
    const names = others.map(({ item }) => `"${item.step.name}"`).join(" or ");
    return {
      why: `it may be about ${names}. Say for example "if the fetch fails", or "with 3 retries" right behind its step`,
    };
  }
  return { index: last.index };
}
