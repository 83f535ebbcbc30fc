import { isNeutral, isToken } from "../lexicon.ts";
import type { Leftover } from "../program.ts";
import type { Span } from "../reading.ts";
import type { Clause } from "./clauses.ts";
import { TOKEN } from "./tokens.ts";

/** Words that change the meaning of other words, in any place. */
const BINDING =
  /\b(?:not|no|never|none|nothing|except|without|unless|until|till|while|during|before|after|between|first|last|next|again|only|each|every|all|any|both|either|or|other|else|instead|per|once|twice|times|retry|retries|repeat|loop|parallel|simultaneously|same time|fail|fails|failed|failure|error|errors|timeout|approv\w*|confirm\w*|permission|more|less|most|least|up|over|above|under|below|since|yesterday|today|tomorrow|now|when|if|(?:to)?days?|weeks?|months?|years?|hours?|minutes?|seconds?|ask\w*|headers?|auth\w*|token|bearer|credentials?)\b|\d/i;

/**
 * Which characters of a message a recogniser has claimed. Every other word is a leftover and stops the draft. So a
 * recogniser that forgets a word causes a question, and not a draft without the word. See docs/decisions/0025-coverage.md.
 */
export class Coverage {
  readonly #message: string;
  readonly #claimed: Uint8Array;

  constructor(message: string) {
    this.#message = message;
    this.#claimed = new Uint8Array(message.length);
  }

  claim(...spans: readonly Span[]): void {
    for (const { start, end } of spans) this.#claimed.fill(1, start, end);
  }

  /** The unclaimed phrases, in reading order. Neutral words alone are not a phrase. */
  leftovers(clauses: readonly Clause[] = []): readonly Leftover[] {
    return this.#phrases().map(({ start, end }) => {
      const words = this.#message.slice(start, end);
      const clause = clauses.find(({ span }) => start >= span.start && end <= span.end);
      return { words, binding: BINDING.test(words) || (clause?.connector ?? "none") !== "none" };
    });
  }

  /** Runs of unclaimed words. A neutral word may be inside a run, and not at its beginning or end. */
  #phrases(): readonly Span[] {
    const phrases: { start: number; end: number }[] = [];
    let isOpen = false;
    for (const { 0: token, index } of this.#message.matchAll(TOKEN)) {
      const span = { start: index, end: index + token.length };
      if (!isToken(token)) isOpen &&= !/[.;!?,]/.test(token);
      else if (this.#isClaimed(span)) isOpen = false;
      else if (!isNeutral(token)) {
        const last = phrases.at(-1);
        if (isOpen && last !== undefined) last.end = span.end;
        else phrases.push(span);
        isOpen = true;
      }
    }
    return phrases;
  }

  /** A word counts as claimed only if every letter, digit and symbol of it is claimed. */
  #isClaimed({ start, end }: Span): boolean {
    for (let at = start; at < end; at += 1) {
      if (this.#claimed[at] === 0 && /[\p{L}\p{N}#@$%{}[\]<>=|*^~\\]/u.test(this.#message[at] ?? "")) return false;
    }
    return true;
  }
}
