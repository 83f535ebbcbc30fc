import { beginsStep } from "../lexicon.ts";
import { Reading, type Span } from "../reading.ts";
import { POLICY_WORDS } from "../steps/policy.ts";
import { MONTH } from "../triggers/months.ts";
import { CLOCK } from "../triggers/time-of-day.ts";
import { FAILURE_WORDS } from "./failure.ts";
import { TOKEN } from "./tokens.ts";

/** How a clause is connected to the text before it. */
type Connector =
  | "none"
  | "then"
  | "when"
  | "schedule"
  | "if"
  | "unless"
  | "otherwise"
  | "join"
  | "failure"
  | "policy"
  | "each";

/** A part of a message with one meaning. Its text excludes the connector, except that a schedule keeps its "every". */
export interface Clause {
  readonly connector: Connector;
  readonly text: string;
  /** The place of the text in the message. */
  readonly span: Span;
  /** The place of the connector's words; empty without such words. */
  readonly connectorSpan: Span;
  readonly connectorText: string;
  /** The separator between the clause and the words before it. */
  readonly setOff: "sentence" | "comma" | "and" | "nothing";
  /** Index of its sentence, from 0. */
  readonly sentence: number;
}

const UNIT =
  "(?:second|minute|hour|day|weekday|working day|business day|weekend|week|month|quarter|year|morning|afternoon|evening|night)s?";
const WEEKDAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)days?";

interface ConnectorPattern {
  readonly pattern: RegExp;
  readonly connector: Connector;
  /** The words stay in the clause. Default false. */
  readonly keep?: boolean;
  /** In a condition the words are a comparison: "total is between 5 and 10". Default false. */
  readonly notInCondition?: boolean;
}

/** In order: the first pattern that matches wins, so longer connectors come before shorter ones. */
const CONNECTORS: readonly ConnectorPattern[] = [
  { pattern: phrase(FAILURE_WORDS), connector: "failure" },
  { pattern: phrase(POLICY_WORDS), connector: "policy", keep: true },
  { pattern: phrase("for (?:each|every|all)"), connector: "each", keep: true },
  {
    pattern: phrase(`(?:every|each|once (?:a|an|per|every)) (?:\\S+ )?(?:${UNIT}|${WEEKDAY})`),
    connector: "schedule",
    keep: true,
  },
  { pattern: phrase("(?:every|each|on the) \\d{1,2}(?:st|nd|rd|th)"), connector: "schedule", keep: true },
  {
    pattern: phrase(`(?:daily|hourly|weekly|monthly|quarterly|yearly|annually|on (?:weekdays|weekends|${WEEKDAY}))`),
    connector: "schedule",
    keep: true,
  },
  {
    pattern: phrase(`(?:on )?the (?:first|second|third|fourth|last) (?:${UNIT}|${WEEKDAY})(?= (?:of|in) )`),
    connector: "schedule",
    keep: true,
  },
  { pattern: phrase(`(?:in|during|from|every|each) ${MONTH}`), connector: "schedule", keep: true },
  {
    pattern: phrase(`(?:between|from) ${CLOCK} (?:and|to|until|till) ${CLOCK}`),
    connector: "schedule",
    keep: true,
    notInCondition: true,
  },
  {
    pattern: phrase("at (?:noon|midnight|\\d{1,2}(?:[:.]\\d{2})? ?(?:am|pm|a\\.m\\.|p\\.m\\.|o'clock)?)"),
    connector: "schedule",
    keep: true,
  },
  { pattern: phrase("(?:in any case|either way|in both cases|finally)"), connector: "join" },
  { pattern: phrase("(?:otherwise|or else|else|if not(?! (?:approved|accepted)))"), connector: "otherwise" },
  { pattern: phrase("(?:but |and )?unless"), connector: "unless" },
  { pattern: phrase("(?:but |and )?(?:only )?(?:if|in case|provided that)|only when"), connector: "if" },
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

/**
 * Splits a message at connectors, at ends of sentences, and before verbs that begin a step, so that each clause is one
 * trigger, one condition or one step.
 */
export function clauses(message: string): readonly Clause[] {
  const splitter = new Splitter(message);
  let from = 0;
  for (const match of message.matchAll(TOKEN)) {
    if (match.index >= from) from = splitter.token(match[0], match.index);
  }
  return splitter.end();
}

/** One attempt to understand a clause. */
export function readingOf({ text, span }: Clause): Reading {
  return new Reading(text, span.start);
}

const CONDITIONAL: ReadonlySet<Connector> = new Set(["if", "unless", "when"]);

class Splitter {
  readonly #message: string;
  readonly #clauses: Clause[] = [];
  #connector: Connector = "none";
  #connectorSpan: Span = { start: 0, end: 0 };
  #start = 0;
  #end = 0;
  #words: string[] = [];
  #sentence = 0;

  constructor(message: string) {
    this.#message = message;
  }

  /** Reads one token and returns the index at which to continue. */
  token(token: string, index: number): number {
    if (/^[;.!?]$/.test(token)) {
      this.#cut("none", { start: index + 1, end: index + 1 });
      this.#sentence += 1;
      return this.#start;
    }
    // 48 characters are longer than any connector. Without the slice each pattern could scan the whole message.
    const ahead = this.#message.slice(index, index + 48);
    const isCondition = CONDITIONAL.has(this.#connector);
    const found = CONNECTORS.find((each) => !(isCondition && each.notInCondition === true) && each.pattern.test(ahead));
    if (found !== undefined) return this.#connect(found, ahead, index);
    if (this.#words.length > 0 && beginsStep(token, this.#words.at(-1) ?? "", this.#words[0] ?? "")) {
      this.#cut("none", { start: index, end: index });
    }
    this.#add(token, index);
    return this.#end;
  }

  end(): readonly Clause[] {
    this.#cut("none", { start: this.#message.length, end: this.#message.length });
    return this.#clauses;
  }

  #connect({ pattern, connector, keep }: ConnectorPattern, ahead: string, index: number): number {
    const words = pattern.exec(ahead)?.[0] ?? "";
    // "every weekday at 9am" and "the 1st of every month" are one schedule, "every day and every hour" are two.
    const isOther = /^(?:every|each)/i.test(words) && this.#words.at(-1)?.toLowerCase() !== "of";
    const goesOn = connector === "schedule" && this.#connector === "schedule" && !isOther;
    const end = index + words.length;
    if (!goesOn) this.#cut(connector, { start: index, end: keep === true ? index : end });
    if (keep === true) this.#add(words, index);
    return end;
  }

  #add(token: string, index: number): void {
    this.#end = index + token.length;
    if (/[\p{L}\p{N}]/u.test(token)) this.#words.push(...token.split(" "));
  }

  /** Closes the clause. The next one begins after `connectorSpan` and has the connector `next`. */
  #cut(next: Connector, connectorSpan: Span): void {
    const span = withoutGlue(this.#message, this.#start, Math.max(this.#start, this.#end));
    if (span.end > span.start || isMarker(this.#connector)) {
      this.#clauses.push({
        connector: this.#connector,
        text: this.#message.slice(span.start, span.end),
        span,
        connectorSpan: this.#connectorSpan,
        connectorText: this.#connectorText(),
        setOff: this.#setOff(span),
        sentence: this.#sentence,
      });
    }
    this.#connector = next;
    this.#connectorSpan = connectorSpan;
    this.#start = connectorSpan.end;
    this.#end = connectorSpan.end;
    this.#words = [];
  }

  #connectorText(): string {
    return this.#message.slice(this.#connectorSpan.start, this.#connectorSpan.end);
  }

  #setOff({ start }: Span): Clause["setOff"] {
    const { start: begin, end } = this.#connectorSpan;
    if (/^(?:and|but)\b/i.test(this.#connectorText())) return "and";
    const before = this.#message.slice(0, end > begin ? begin : start).trimEnd();
    if (/(?:^|[;.!?])$/.test(before)) return "sentence";
    if (/,(?: (?:and|but))?$/i.test(before)) return "comma";
    return /\b(?:and|but)$/i.test(before) ? "and" : "nothing";
  }
}

/** "and fetch X, and" is "fetch X". */
function withoutGlue(message: string, start: number, end: number): Span {
  const text = message.slice(start, end);
  const head = /^(?:[\s,:]|(?:and|but)\b)+/i.exec(text)?.[0].length ?? 0;
  const tail = /(?:[\s,:]|\b(?:and|but))+$/i.exec(text.slice(head))?.[0].length ?? 0;
  return { start: start + head, end: end - tail };
}

/** Connectors with a meaning even if no text follows: "then, if …". */
function isMarker(connector: Connector): boolean {
  return connector === "then" || connector === "otherwise" || connector === "join" || connector === "failure";
}
