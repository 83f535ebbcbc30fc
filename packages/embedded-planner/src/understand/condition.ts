import {
  AT_LEAST,
  AT_MOST,
  COMPARATORS,
  type Comparator,
  literal,
  MISSING,
  NUMBER,
  OPERAND,
  PRESENT,
  withAmount,
} from "../comparators.ts";
import { FIELD, quoteField } from "../fields.ts";
import type { Nouns } from "../nouns.ts";
import type { Condition, Hole, Scope } from "../program.ts";
import type { Reading } from "../reading.ts";

/** "any total is over 1000", "country is DE or AT". */
interface Comparison {
  readonly any: boolean;
  readonly field: string;
  readonly comparator: Comparator;
  /** The alternatives, as they were written; empty when the value is missing. */
  readonly values: readonly string[];
  /** As it was written. */
  readonly words: string;
}

/** Comparisons joined by "and" or by "or". */
interface Chain {
  readonly comparisons: readonly Comparison[];
  readonly join: "and" | "or";
}

/** Words in the place of a field that do not name a field: the sentence is about something else. */
const NO_FIELD =
  "(?!(?:it|this|that|these|those|they|there|he|she|we|you|i|one|ones|all|each|every|none|nothing|something|anything|everything|nobody|anybody|somebody|response|body|result|output|answer|content|data|list|today|tomorrow|yesterday|now|not|no|and|or|if|either|neither|both|only)\\b)";

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

const MAX_ASKABLE_WORDS = 6;

/** Words about facts that no field holds: failed or slow steps, and actions of people. */
const NO_CONDITION =
  /\b(?:fail\w*|errors?|broken?|breaks|crash\w*|retr\w+|tim(?:e|es|ed) out|timeout|down|unreachable|unavailable|takes|returns|responds|answers|i|we|you|someone|somebody|nobody)\b/i;

/** Names of things, not of their fields: "the order is paid" names no field. */
const THINGS =
  /^(?:order|customer|user|payment|invoice|ticket|lead|item|entry|row|server|site|page|website|service|system|job|build|deployment|task|message|file|record|product)s?$/i;

const JOINT = /,? (and|or) (?:if |when )?/iuy;
const ONE_OPERAND = new RegExp(OPERAND, "iu");
const EACH_OPERAND = new RegExp(`(?<![\\p{L}\\p{N}_-])(?:${OPERAND})`, "giu");

/**
 * Reads a clause as a condition if every word of it belongs to the condition. A clause without a comparison becomes a
 * condition with a hole. Its question names the clause. `undefined`: only a part of the clause is understood.
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
 * The words up to the first comma, if a question may name them and its answer may replace them: at most `most` words, so
 * that they contain no second request. Otherwise `undefined`.
 */
export function askable(text: string, most: number = MAX_ASKABLE_WORDS): string | undefined {
  const words = text.split(/, /)[0] ?? "";
  return words.split(" ").length <= most && !NO_CONDITION.test(words) ? words : undefined;
}

/** Whether a word of the text begins a comparison. It separates a partly understood condition from text without a comparison. */
export function isComparison(text: string): boolean {
  // In this text a space is where in `text` the next word begins.
  const beginnings = [...` ${text}`.matchAll(/ /g)].map(({ index }) => index);
  return PATTERNS.some(({ pattern }) =>
    beginnings.some((at) => {
      pattern.lastIndex = at;
      return pattern.test(text);
    }),
  );
}

/** "total is between 5 and 10": both ends count. */
const BETWEEN = new RegExp(
  `(?:the |its |their )?(?:${NO_FIELD}(${FIELD})) (?:is |are |lies )?between (${NUMBER}) and (${NUMBER})(?![\\p{L}\\p{N}])`,
  "iuy",
);

/** `undefined` unless every word of the text belongs to a comparison, and all are joined by the same word. */
function readChain(text: string): Chain | undefined {
  const comparisons: Comparison[] = [];
  const joints = new Set<string>();
  for (let at = 0; ; ) {
    const range = readRange(text, at);
    if (range !== undefined) joints.add("and");
    const read = range ?? readComparison(text, at, comparisons.at(-1)?.field);
    if (read === undefined) return undefined;
    comparisons.push(...read.comparisons);
    if (/^[\s,:]*$/.test(text.slice(read.end))) break;
    JOINT.lastIndex = read.end;
    const joint = JOINT.exec(text);
    if (joint === null) return undefined;
    joints.add((joint[1] ?? "").toLowerCase());
    at = JOINT.lastIndex;
  }
  // "A and B or C" has two meanings. So has "any A and B": both in the same entry, or in two.
  if (joints.size > 1 || (comparisons.length > 1 && comparisons.some(({ any }) => any))) return undefined;
  return { comparisons, join: joints.has("or") ? "or" : "and" };
}

interface ReadComparisons {
  readonly comparisons: readonly Comparison[];
  readonly end: number;
}

function readRange(text: string, at: number): ReadComparisons | undefined {
  BETWEEN.lastIndex = at;
  const match = BETWEEN.exec(text);
  if (match === null) return undefined;
  const [whole, field = "", from = "", to = ""] = match;
  const comparisons = [
    { any: false, field, comparator: AT_LEAST, values: [from], words: `${field} is at least ${from}` },
    { any: false, field, comparator: AT_MOST, values: [to], words: `${field} is at most ${to}` },
  ];
  return { comparisons, end: at + whole.length };
}

function readComparison(text: string, at: number, fieldBefore: string | undefined): ReadComparisons | undefined {
  for (const { comparator, pattern } of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) continue;
    const [whole, any, named, , said = ""] = match;
    const field = named ?? fieldBefore;
    if (field === undefined) continue;
    const values = [...said.replace(/^either /i, "").matchAll(EACH_OPERAND)].map(([value]) => value);
    return {
      comparisons: [{ any: any !== undefined, field, ...ofNull(comparator, values), words: whole.trim() }],
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
    reading: comparisons.map(describeReading).find((said) => said !== "") ?? "",
    expression: (scope) => withAmount(expression(chain, scope)),
  };
}

/** "The order is paid": "order" is not a field and "paid" is not its value. */
function comparesThing({ field, comparator, values }: Comparison, nouns: Nouns): boolean {
  const isWord = comparator.operand === "any" && values.every((value) => /^\p{L}/u.test(value));
  return isWord && (THINGS.test(field) || nouns.isEvent(field));
}

/** "status is 200" means the status of the response; every other field is in its body. */
function readStatus({ any, field, comparator, values }: Comparison): Condition["status"] {
  const [value = ""] = values;
  if (any || field.toLowerCase() !== "status" || !/^\d{3}$/.test(value) || values.length > 1) return undefined;
  const isEquality = comparator.operand === "any" && /equal/.test(comparator.words);
  return { code: Number(value), negated: comparator.negated, isEquality };
}

/** How the condition treats lists and a missing field, for the draft's text. */
function describeReading({ field, comparator: { operand, negated } }: Comparison): string {
  if (operand === "none")
    return `in a list, if any entry's ${field} ${negated ? "is missing, null or empty" : "is there"}`;
  const text = operand === "number" ? ', and text such as "12" counts as a number' : "";
  return `in a list, if it holds for any entry; a missing ${field} counts as ${negated ? "yes" : "no"}${text}`;
}

function expression({ comparisons, join }: Chain, scope: Scope): string {
  const source = scope.it ?? "input";
  const [only] = comparisons;
  if (only?.any === true && !only.comparator.negated) {
    // `**` searches every level, in lists and in objects.
    return `$exists(${source}.**.${quoteField(only.field)}[${test(only)}])`;
  }
  // A filter tests each entry of a list, or a single value.
  const filter = comparisons.map(entryTest).join(` ${join} `);
  return `$exists(${source}[${filter}])`;
}

/** JSONata that is true for an entry that passes. If the field is a list, one matching value is enough. */
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
    // Never evaluated: a program with a hole leads to a question and not to a draft.
    expression: () => "false",
  };
}
