import type { DecisionOutput } from "../program.ts";

/** In this order: "I do not answer" must match before the pattern for "I do not …". */
const DECISIONS: readonly { readonly pattern: RegExp; readonly output: DecisionOutput }[] = [
  {
    pattern:
      /^(?:(?:nobody|no one) (?:answers|decides|reacts)|(?:i|we) (?:do not|don't) (?:answer|decide|react)|it expires)$/i,
    output: "expired",
  },
  {
    pattern: /^(?:(?:it|that|this) is |it's |it gets )?(?:not (?:approved|accepted)|rejected|declined|denied)$/i,
    output: "rejected",
  },
  {
    pattern: /^(?:i|we) (?:reject|decline|refuse|(?:do not|don't) (?:approve|accept|agree|confirm))(?: it)?$/i,
    output: "rejected",
  },
  { pattern: /^(?:(?:it|that|this) is |it's |it gets )?(?:approved|accepted|confirmed)$/i, output: "approved" },
  { pattern: /^(?:i|we) (?:approve|accept|agree|confirm)(?: it)?$/i, output: "approved" },
];

/** Words about a decision, also where `DECISIONS` does not match. */
const ABOUT_A_DECISION =
  /\b(?:approv\w*|accept\w*|reject\w*|declin\w*|den(?:y|ied)|confirm\w*|refus\w*|expire\w*|(?:nobody|no one|don't|do not) (?:answer|decide|react)s?)\b/i;

/** "approved", "I reject it", "nobody answers": the output of an approval. The pattern must match the whole text. */
export function readDecision(text: string): DecisionOutput | undefined {
  return DECISIONS.find(({ pattern }) => pattern.test(text))?.output;
}

export function isAboutDecision(text: string): boolean {
  return ABOUT_A_DECISION.test(text);
}
