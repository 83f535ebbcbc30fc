import { TOKEN } from "./tokens.ts";

/** The words of this planner in which a slip of the keyboard is worth a question. */
const KNOWN: readonly string[] = [
  "every each weekday weekdays weekend monday tuesday wednesday thursday friday saturday sunday morning afternoon evening",
  "night minute minutes hour hours month week daily hourly weekly monthly midnight fetch download retrieve check call",
  "post send submit upload delete tell notify alert slack webhook summarize translate extract rename keep select wait",
  "approve approval otherwise unless then when contains missing below above over under",
].flatMap((line) => line.split(" "));

const EXACT: ReadonlySet<string> = new Set(KNOWN);

/** A message with more unknown words than this is not a request with slips. */
const MAX_SLIPS = 5;

/**
 * The text with each word that is one slip away from a known word put right; `undefined` without such a word. The result is a guess, so
 * the planner asks about it: "past" may be a slip for "post", and is a word of its own.
 */
export function withoutTypos(text: string): string | undefined {
  let slips = 0;
  const mended = text.replace(TOKEN, (token) => {
    const word = token.toLowerCase();
    if (!/^\p{L}{4,14}$/u.test(word) || EXACT.has(word)) return token;
    const meant = KNOWN.find((known) => isOneSlip(word, known));
    if (meant === undefined) return token;
    slips += 1;
    return meant;
  });
  return slips === 0 || slips > MAX_SLIPS ? undefined : mended;
}

/** One letter too many, too few or wrong, or two neighbours swapped (Damerau-Levenshtein distance 1). */
export function isOneSlip(word: string, known: string): boolean {
  if (Math.abs(word.length - known.length) > 1 || word === known) return false;
  let at = 0;
  while (at < word.length && word[at] === known[at]) at += 1;
  const [rest, wanted] = [word.slice(at), known.slice(at)];
  // "most", "past" and "host" are words of their own, so a wrong letter in a short word is no slip of it.
  if (rest.slice(1) === wanted.slice(1)) return known.length > 4;
  if (rest.slice(1) === wanted || rest === wanted.slice(1)) return true;
  return rest[0] === wanted[1] && rest[1] === wanted[0] && rest.slice(2) === wanted.slice(2);
}
