import type { DecisionOutput } from "./program.ts";

/** In this order: "I do not answer" is no refusal. */
const DECISIONS: readonly { readonly pattern: RegExp; readonly output: DecisionOutput }[] = [
  { pattern: /^(?:nobody|no one|i do not|i don't) (?:answers?|decides?|reacts?)|^it expires/i, output: "expired" },
  { pattern: /^(?:(?:it|that) is |it's )?(?:not (?:approved|accepted)|rejected|declined|denied)/i, output: "rejected" },
  { pattern: /^i (?:reject|decline|refuse|do not|don't)\b/i, output: "rejected" },
  { pattern: /^(?:(?:it|that) is |it's )?(?:approved|accepted|confirmed)/i, output: "approved" },
  { pattern: /^i (?:approve|accept|agree|confirm)\b/i, output: "approved" },
];

/** "approved", "I reject it", "nobody answers": which way an approval went. */
export function readDecision(text: string): DecisionOutput | undefined {
  return DECISIONS.find(({ pattern }) => pattern.test(text))?.output;
}
