import { COMPARATORS, type Comparator, literal, MISSING, OPERAND, PRESENT, withAmount } from "../comparators.ts";
import { FIELD, quoteField } from "../fields.ts";
import type { Nouns } from "../nouns.ts";
import type { Condition, Hole, Scope } from "../program.ts";
import type { Reading } from "../reading.ts";

/** "any total is over 1000", "country is DE or AT". */
interface Comparison {
  readonly any: boolean;
  readonly field: string;
  readonly comparator: Comparator;
  /** One of these, as they were written; empty when a value is missing. */
  readonly values: readonly string[];
  /** As it was written. */
  readonly words: string;
}

/** Comparisons that hold together, or of which one must. */
interface Chain {
  readonly comparisons: readonly Comparison[];
  readonly join: "and" | "or";
}

/** What stands where a field could and names none: the sentence is about something that no field says. */
const NO_FIELD =
  "(?!(?:it|this|that|these|those|they|there|he|she|we|you|i|one|ones|all|each|every|none|nothing|something|anything|everything|nobody|anybody|somebody|response|body|result|output|answer|content|data|today|tomorrow|yesterday|now|not|no|and|or|if|either|neither|both|only)\\b)";

const OPERANDS = `(?:${OPERAND})(?:(?:, or |, | or )(?:the )?(?:${OPERAND})(?! (?:is|are|was|does|equals?|contains?|includes?|exists?|exceeds?|over|above|under|below|at|not|more|less)\\b))*`;

const PATTERNS = COMPARATORS.map((comparator) => {
  const operand =
    comparator.operand === "none"
      ? ""
      : `(?: ?(?:the )?(${comparator.operand === "any" && !comparator.negated ? `(?:either )?${OPERANDS}` : OPERAND}))?`;
  const subject = `(?:(any (?:of the )?)?(?:the |its |their )?(?:${NO_FIELD}(${FIELD})) ?)?`;
  const source = `${subject}(?<![\\p{L}\\p{N}])(${comparator.words})(?![\\p{L}\\p{N}])${operand}(?![\\p{L}\\p{N}])`;
  return { comparator, pattern: new RegExp(source, "iuy") };
});

/** Finds a comparison anywhere, to tell a condition that is only half understood from one without a comparison. */
const SOME_COMPARISON = PATTERNS.map(({ pattern }) => new RegExp(` ${pattern.source}`, "iu"));

const MOST_ASKABLE_WORDS = 6;

/** No field says these: that a step failed or took its time, and what a person does. */
const NO_CONDITION =
  /\b(?:fail\w*|errors?|broken?|breaks|crash\w*|retr\w+|tim(?:e|es|ed) out|timeout|down|unreachable|unavailable|takes|returns|responds|answers|i|we|you|someone|somebody|nobody)\b/i;

/** Things, not fields of things: "the order is paid" names no field. */
const THINGS =
  /^(?:order|customer|user|payment|invoice|ticket|lead|item|entry|row|server|site|page|website|service|system|job|build|deployment|task|message|file|record|product)s?$/i;

const JOINT = /,? (and|or) (?:if |when )?/iuy;
const ONE_OPERAND = new RegExp(OPERAND, "iu");
const EACH_OPERAND = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${OPERAND})`, "giu");

/**
 * Reads a clause that is a condition from its first word to its last. `undefined`: it is one that is understood in part
 * only. Of one without any comparison the whole is asked about.
 */
export function readCondition(reading: Reading, text: string, nouns: Nouns): Condition | undefined {
  const chain = readChain(text);
  const isOfThing = chain?.comparisons.some((comparison) => comparesThing(comparison, nouns)) === true;
  if (chain !== undefined && !isOfThing) {
    reading.take(/.+/);
    return condition(chain);
  }
  const words = isComparison(text) && !isOfThing ? undefined : askable(text);
  if (words === undefined) return undefined;
  reading.skip(new RegExp(`^.{${words.length}}`, "s"));
  return unclear(words);
}

/**
 * The words that a question may name and its answer replace: they end at a comma, and are few enough that nothing else
 * is asked for among them. `undefined` when they are not.
 */
export function askable(text: string, most: number = MOST_ASKABLE_WORDS): string | undefined {
  const words = text.split(/, /)[0] ?? "";
  return words.split(" ").length <= most && !NO_CONDITION.test(words) ? words : undefined;
}

/** Whether the text holds a comparison at all. */
export function isComparison(text: string): boolean {
  return SOME_COMPARISON.some((pattern) => pattern.test(` ${text}`));
}

/** `undefined` unless every word of the text belongs to a comparison, and all are joined by the same word. */
function readChain(text: string): Chain | undefined {
  const comparisons: Comparison[] = [];
  const joints = new Set<string>();
  for (let at = 0; ; ) {
    const read = readComparison(text, at, comparisons.at(-1)?.field);
    if (read === undefined) return undefined;
    comparisons.push(read.comparison);
    if (/^[\s,:]*$/.test(text.slice(read.end))) break;
    JOINT.lastIndex = read.end;
    const joint = JOINT.exec(text);
    if (joint === null) return undefined;
    joints.add((joint[1] ?? "").toLowerCase());
    at = JOINT.lastIndex;
  }
  // "A and B or C" has two readings, and so has "any A and B": the same entry, or two.
  if (joints.size > 1 || (comparisons.length > 1 && comparisons.some(({ any }) => any))) return undefined;
  return { comparisons, join: joints.has("or") ? "or" : "and" };
}

function readComparison(
  text: string,
  at: number,
  fieldBefore: string | undefined,
): { readonly comparison: Comparison; readonly end: number } | undefined {
  for (const { comparator, pattern } of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) continue;
    const [whole, any, named, , said = ""] = match;
    const field = named ?? fieldBefore;
    if (field === undefined) continue;
    const values = [...said.replace(/^either /i, "").matchAll(EACH_OPERAND)].map(([value]) => value);
    return {
      comparison: { any: any !== undefined, field, ...ofNull(comparator, values), words: whole.trim() },
      end: at + whole.length,
    };
  }
  return undefined;
}

/** A field that is null is missing. */
function ofNull(comparator: Comparator, values: readonly string[]): Pick<Comparison, "comparator" | "values"> {
  const isNull = comparator.operand === "any" && values.length === 1 && /^null$/i.test(values[0] ?? "");
  if (!isNull) return { comparator, values };
  return { comparator: { ...(comparator.negated ? PRESENT : MISSING) }, values: [] };
}

function condition(chain: Chain): Condition {
  const { comparisons, join } = chain;
  const [only] = comparisons;
  const missing = comparisons.findIndex((comparison) => literals(comparison) === undefined);
  return {
    words: comparisons.map(({ words }) => words).join(` ${join} `),
    hole: missing < 0 ? undefined : missingOperand(chain, missing),
    status: only !== undefined && comparisons.length === 1 ? readStatus(only) : undefined,
    fields: comparisons.map(({ field }) => field),
    reading: comparisons.map(sayReading).find((said) => said !== "") ?? "",
    expression: (scope) => withAmount(expression(chain, scope)),
  };
}

/** "The order is paid": neither "order" is a field, nor "paid" its value. */
function comparesThing({ field, comparator, values }: Comparison, nouns: Nouns): boolean {
  const isWord = comparator.operand === "any" && values.every((value) => /^\p{L}/u.test(value));
  return isWord && (THINGS.test(field) || nouns.isEvent(field));
}

/** "status is 200" asks for the status of the response; every other field lies in its body. */
function readStatus({ any, field, comparator, values }: Comparison): Condition["status"] {
  const [value = ""] = values;
  if (any || field.toLowerCase() !== "status" || !/^\d{3}$/.test(value) || values.length > 1) return undefined;
  const isEquality = comparator.operand === "any" && /equal/.test(comparator.words);
  return { code: Number(value), negated: comparator.negated, isEquality };
}

/** What the workflow makes of lists and of a missing field, for the draft's text. */
function sayReading({ field, comparator: { operand, negated } }: Comparison): string {
  if (operand === "none")
    return `in a list, if any entry's ${field} ${negated ? "is missing, null or empty" : "is there"}`;
  const text = operand === "number" ? ', and text such as "12" counts as a number' : "";
  return `in a list, if it holds for any entry; a missing ${field} counts as ${negated ? "yes" : "no"}${text}`;
}

function expression({ comparisons, join }: Chain, scope: Scope): string {
  const source = scope.it ?? "input";
  const [only] = comparisons;
  if (only?.any === true && !only.comparator.negated) {
    // Wherever it lies, in a list or deeper: `**` walks every level.
    return `$exists(${source}.**.${quoteField(only.field)}[${test(only)}])`;
  }
  // A filter sees one entry after the other, or the one thing that is no list.
  const filter = comparisons.map(entryTest).join(` ${join} `);
  return `$exists(${source}[${filter}])`;
}

/** Whether one entry passes. A field may hold a list itself: then any of its values is enough. */
function entryTest(comparison: Comparison): string {
  const found = `$exists(${quoteField(comparison.field)}[${test(comparison)}])`;
  return comparison.comparator.negated ? `$not(${found})` : found;
}

function test(comparison: Comparison): string {
  const operands = literals(comparison) ?? ["null"];
  return operands.map((operand) => comparison.comparator.test(operand)).join(" or ");
}

function literals({ comparator, values }: Comparison): readonly string[] | undefined {
  if (comparator.operand === "none") return [""];
  const all = values.map((value) => literal(comparator, value));
  return all.length === 0 || all.includes(undefined) ? undefined : all.filter((value) => value !== undefined);
}

function missingOperand(chain: Chain, index: number): Hole<Condition> {
  const { comparator, words, values } = chain.comparisons[index] as Comparison;
  const kind = comparator.operand === "number" ? "number" : "value";
  const start = values.length === 0 ? words : words.slice(0, words.lastIndexOf(values[0] ?? "")).trim();
  return {
    slot: "value",
    question: `Which ${kind} do you mean in "${start} …"?`,
    options: [],
    fill(answer) {
      const said = answer.take(ONE_OPERAND)?.[0];
      if (said === undefined || literal(comparator, said) === undefined) return undefined;
      return condition({
        ...chain,
        comparisons: chain.comparisons.map((each, at) =>
          at === index ? { ...each, values: [said], words: `${start} ${said}` } : each,
        ),
      });
    },
  };
}

function unclear(words: string): Condition {
  return {
    words,
    fields: [],
    reading: "",
    hole: {
      slot: "condition",
      question: `How can the workflow tell that "${words}"? Name a field and a comparison.`,
      options: ["total is over 1000", 'state equals "open"'],
      fill(answer) {
        answer.skip(/^(?:if|when) /i);
        const chain = readChain(answer.rest());
        if (chain === undefined) return undefined;
        answer.take(/.+/);
        return condition(chain);
      },
    },
    // Never reached: a program with a hole is asked about, not drafted.
    expression: () => "false",
  };
}
