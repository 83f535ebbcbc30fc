import type { Reading } from "./reading.ts";

/** Nouns that say no more than "it". */
const PRONOUNS = "results?|response|answer|data|output|content|contents|body|reply|payload";

/** What a URL may be said to hold, whatever its own words are. */
const DOCUMENTS = ["report", "page", "feed", "data", "file", "news", "list", "response", "content", "document", "json"];

/** They narrow what they stand before, or name a part of it. */
const NO_LABEL =
  /^(?:it|them|this|that|from|at|of|on|for|with|and|or|first|last|latest|newest|oldest|new|next|best|top|most|least|rest|same|some|only|each|every|any|all|not|no|open|unpaid|paid|everything)$/i;

/**
 * The nouns that stand for what was fetched or received: "orders" after `https://example.com/orders` or "when an order
 * comes in". Another noun may be a part of it, and is not taken for the whole.
 */
export class Nouns {
  readonly #stems = new Set<string>();
  readonly #events = new Set<string>();

  /** "It" has become something else, with its own nouns; or the same in another form. */
  become(nouns: readonly string[] | undefined, isOther: boolean): void {
    if (isOther) this.#stems.clear();
    for (const noun of nouns ?? []) this.#stems.add(stem(noun));
  }

  /** Of what an event brings: "order" in "when an order comes in". */
  learnEvent(nouns: readonly string[]): void {
    this.become(nouns, true);
    for (const noun of nouns) this.#events.add(stem(noun));
  }

  isEvent(noun: string): boolean {
    return this.#events.has(stem(noun));
  }

  /** Takes "it", "the response", "all my orders". */
  takeIt(reading: Reading): boolean {
    const noun = [PRONOUNS, ...[...this.#stems].map((each) => `${each}s?`)].join("|");
    const named = new RegExp(
      `\\b(?:(?:all|the|these|those|this|that|my|our|its) )+(?:${noun})(?![\\p{L}\\p{N}_-])`,
      "iu",
    );
    return (reading.take(named) ?? reading.take(/\b(?:it|them|everything|this|that)\b/i)) !== undefined;
  }
}

/** Takes what a person calls the thing at a URL: one of the URL's own words, or of any document. */
export function takeLabel(reading: Reading, url: string): readonly string[] {
  const words = [...DOCUMENTS, ...urlWords(url)].map((word) => `${stem(word)}s?`).join("|");
  const label = new RegExp(`\\b(?:(?:all|the|an?|my|our|me|us) )*(${words})(?![\\p{L}\\p{N}_-])`, "iu");
  const taken = reading.take(label)?.[1];
  return [...urlWords(url), ...(taken === undefined ? [] : [taken])];
}

/** Takes "the orders" where no URL says what there is; the URL is then asked for by this name. */
export function takeAnyLabel(reading: Reading): string | undefined {
  const pattern = /(?<=^|\n| )(?:(?:all|the|my|our|me|us) )+([\p{L}-]{2,40})(?![\p{L}\p{N}_-])/iu;
  const probe = pattern.exec(reading.rest())?.[1];
  return probe === undefined || NO_LABEL.test(probe) ? undefined : reading.take(pattern)?.[1];
}

function urlWords(url: string): readonly string[] {
  const { hostname, pathname } = new URL(url);
  return (`${hostname} ${pathname}`.match(/\p{L}{3,40}/gu) ?? []).slice(0, 20);
}

function stem(noun: string): string {
  return noun.toLowerCase().replace(/s$/, "");
}
