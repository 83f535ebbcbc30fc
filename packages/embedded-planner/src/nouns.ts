import type { Reading } from "./reading.ts";

/** Nouns that mean the same as "it". */
const PRONOUNS = "list|results?|response|answer|data|output|content|contents|body|reply|payload";

/** Names for the content of any URL. */
const DOCUMENTS = ["report", "page", "feed", "data", "file", "news", "list", "response", "content", "document", "json"];

/** Words that restrict the noun after them, or name a part of it. */
const NO_LABEL =
  /^(?:it|them|this|that|from|at|of|on|for|with|and|or|first|last|latest|newest|oldest|new|next|best|top|most|least|rest|same|some|only|each|every|any|all|not|no|open|unpaid|paid|everything)$/i;

/**
 * The nouns for the fetched or received data: "orders" after `https://example.com/orders` or "when an order comes in".
 * Any other noun may name a part of the data, so it is not read as "it".
 */
export class Nouns {
  readonly #stems = new Set<string>();
  readonly #events = new Set<string>();

  /** "It" now means other data, with these nouns (`isOther`), or the same data in another form, with more nouns. */
  refer(nouns: readonly string[] | undefined, isOther: boolean): void {
    if (isOther) this.#stems.clear();
    for (const noun of nouns ?? []) this.#stems.add(stem(noun));
  }

  /** The nouns of an event's data: "order" in "when an order comes in". */
  learnEvent(nouns: readonly string[]): void {
    this.refer(nouns, true);
    for (const noun of nouns) this.#events.add(stem(noun));
  }

  /** The nouns of "it", each as the source of a regular expression. */
  words(): readonly string[] {
    return [...this.#stems].map((each) => `${each}s?`);
  }

  isEvent(noun: string): boolean {
    return this.#events.has(stem(noun));
  }

  /** Takes "it", "the response", "all my orders". */
  takeIt(reading: Reading): boolean {
    const noun = [PRONOUNS, ...this.words()].join("|");
    const named = new RegExp(
      `\\b(?:(?:all|the|these|those|this|that|my|our|its) )+(?:${noun})(?![\\p{L}\\p{N}_-])`,
      "iu",
    );
    return (reading.take(named) ?? reading.take(/\b(?:it|them|everything|this|that)\b/i)) !== undefined;
  }
}

/** Takes a name for the content of a URL: a word of the URL, or a name that fits any document. */
export function takeLabel(reading: Reading, url: string): readonly string[] {
  const words = [...DOCUMENTS, ...urlWords(url)].map((word) => `${stem(word)}s?`).join("|");
  const label = new RegExp(`\\b(?:(?:all|the|an?|my|our|me|us) )*(${words})(?![\\p{L}\\p{N}_-])`, "iu");
  const taken = reading.take(label)?.[1];
  return [...urlWords(url), ...(taken === undefined ? [] : [taken])];
}

/** One noun, or a document of one: "the orders", "the sales report". */
const ANY_LABEL = new RegExp(
  `(?<=^|\\n| )(?:(?:all|the|my|our|me|us) )+((?:[\\p{L}-]{2,40} )?(?:${DOCUMENTS.join("|")})|[\\p{L}-]{2,40})(?![\\p{L}\\p{N}_-])`,
  "iu",
);

/** Takes "the orders" from a request without a URL. The question for the URL uses this name. */
export function takeAnyLabel(reading: Reading): string | undefined {
  const probe = ANY_LABEL.exec(reading.rest())?.[1]?.split(" ");
  return probe === undefined || probe.some((word) => NO_LABEL.test(word)) ? undefined : reading.take(ANY_LABEL)?.[1];
}

function urlWords(url: string): readonly string[] {
  const { hostname, pathname } = new URL(url);
  return (`${hostname} ${pathname}`.match(/\p{L}{3,40}/gu) ?? []).slice(0, 20);
}

function stem(noun: string): string {
  return noun.toLowerCase().replace(/s$/, "");
}
