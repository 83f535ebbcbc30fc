import { beginsStep } from "./lexicon.ts";

/** How a clause hangs on what stands before it. */
type Connector = "none" | "then" | "when" | "schedule" | "if" | "unless" | "otherwise" | "join";

/** One thing said. Its text stands without the connector, except that a schedule keeps its "every". */
export interface Clause {
  readonly connector: Connector;
  readonly text: string;
  /** Which sentence it stands in, from 0. */
  readonly sentence: number;
}

const UNIT =
  "(?:second|minute|hour|day|weekday|working day|business day|weekend|week|month|morning|afternoon|evening|night)s?";
const WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?";

/** The longest first: what stands at the place, if it is a connector. `keep` leaves the words in the clause. */
const CONNECTORS: readonly { readonly pattern: RegExp; readonly connector: Connector; readonly keep?: boolean }[] = [
  {
    pattern: phrase(`(?:every|each|once (?:a|an|per|every)) (?:\\S+ )?(?:${UNIT}|${WEEKDAY})`),
    connector: "schedule",
    keep: true,
  },
  { pattern: phrase("(?:every|each|on the) \\d{1,2}(?:st|nd|rd|th)"), connector: "schedule", keep: true },
  {
    pattern: phrase(`(?:daily|hourly|weekly|monthly|on (?:weekdays|weekends|${WEEKDAY}))`),
    connector: "schedule",
    keep: true,
  },
  {
    pattern: phrase("at (?:noon|midnight|\\d{1,2}(?:[:.]\\d{2})? ?(?:am|pm|a\\.m\\.|p\\.m\\.|o'clock)?)"),
    connector: "schedule",
    keep: true,
  },
  { pattern: phrase("(?:in any case|either way|in both cases|finally)"), connector: "join" },
  { pattern: phrase("(?:otherwise|or else|else|if not(?! (?:approved|accepted)))"), connector: "otherwise" },
  { pattern: phrase("unless"), connector: "unless" },
  { pattern: phrase("(?:and )?(?:if|in case|provided that)"), connector: "if" },
  { pattern: phrase("(?:when|whenever|as soon as)|once(?= (?:an?|the|my)\\b)"), connector: "when" },
  {
    pattern: phrase("on(?= (?:an?|every|each|any|new) (?:\\S+ )?(?:webhook|request|call|event|submission)\\b)"),
    connector: "when",
  },
  { pattern: phrase("(?:and then|then|after that|afterwards|next(?=,))"), connector: "then" },
  { pattern: /^(?:->|=>|→|⇒)/u, connector: "then" },
];

function phrase(source: string): RegExp {
  return new RegExp(`^(?:${source})(?![\\p{L}\\p{N}_/.-]*[\\p{L}\\p{N}_/])`, "iu");
}

/** What is never cut: a URL, something quoted, a JSON object, a word with its inner dots and colons. */
const TOKEN =
  /https?:\/\/[^\s"'<>]+|"[^"]*"|(?<![\p{L}\p{N}])'[^']+'(?![\p{L}\p{N}])|\{[^{}]*\}|->|=>|[→⇒]|[\p{L}\p{M}\p{N}#@$_]+(?:[.:'/_-][\p{L}\p{M}\p{N}]+|,\d{3}(?!\d))*|[^\s]/gu;

/**
 * Cuts a message where a new thing begins: at a connector, at the end of a sentence, and before a verb that begins a
 * step. So each clause is one trigger, one condition or one step.
 */
export function clauses(message: string): readonly Clause[] {
  const splitter = new Splitter(message);
  let from = 0;
  for (const match of message.matchAll(TOKEN)) {
    if (match.index >= from) from = splitter.token(match[0], match.index);
  }
  return splitter.end();
}

class Splitter {
  readonly #message: string;
  readonly #clauses: Clause[] = [];
  #connector: Connector = "none";
  #start = 0;
  #end = 0;
  #words: string[] = [];
  #sentence = 0;

  constructor(message: string) {
    this.#message = message;
  }

  /** Reads one token and returns where reading goes on. */
  token(token: string, index: number): number {
    if (/^[;.!?]$/.test(token)) {
      this.#cut("none", index + 1);
      this.#sentence += 1;
      return this.#start;
    }
    // A slice keeps the patterns' work small however long the message is.
    const ahead = this.#message.slice(index, index + 48);
    const found = CONNECTORS.find(({ pattern }) => pattern.test(ahead));
    if (found !== undefined) return this.#connect(found, ahead, index);
    if (this.#words.length > 0 && beginsStep(token, this.#words.at(-1) ?? "", this.#words[0] ?? "")) {
      this.#cut("none", index);
    }
    this.#add(token, index);
    return this.#end;
  }

  end(): readonly Clause[] {
    this.#cut("none", this.#message.length);
    return this.#clauses;
  }

  #connect({ pattern, connector, keep }: (typeof CONNECTORS)[number], ahead: string, index: number): number {
    const words = pattern.exec(ahead)?.[0] ?? "";
    // "every weekday at 9am" is one schedule, "every day and every hour" are two.
    const goesOn = connector === "schedule" && this.#connector === "schedule" && !/^(?:every|each)/i.test(words);
    const end = index + words.length;
    if (!goesOn) this.#cut(connector, keep === true ? index : end);
    if (keep === true) this.#add(words, index);
    return end;
  }

  #add(token: string, index: number): void {
    this.#end = index + token.length;
    if (/[\p{L}\p{N}]/u.test(token)) this.#words.push(...token.split(" "));
  }

  /** Closes the clause; the next one begins at `start` and hangs by `next`. */
  #cut(next: Connector, start: number): void {
    const text = withoutGlue(this.#message.slice(this.#start, Math.max(this.#start, this.#end)));
    if (text !== "" || isMarker(this.#connector)) {
      this.#clauses.push({ connector: this.#connector, text, sentence: this.#sentence });
    }
    this.#connector = next;
    this.#start = start;
    this.#end = start;
    this.#words = [];
  }
}

/** "and fetch X, and" is "fetch X". */
function withoutGlue(text: string): string {
  return text.replace(/^(?:[\s,:]|(?:and|but)\b)+/i, "").replace(/(?:[\s,:]|\b(?:and|but))+$/i, "");
}

/** Connectors that mean something even with no words of their own: "then, if …". */
function isMarker(connector: Connector): boolean {
  return connector === "then" || connector === "otherwise" || connector === "join";
}
