import { COMPARATORS, type Comparator, literal, OPERAND, spellSymbols } from "./comparators.ts";
import { FIELD, fieldPath, quoteField } from "./fields.ts";
import type { Condition, Hole, Scope } from "./program.ts";
import { Reading } from "./reading.ts";

/** "any total is over" … "1000". */
interface Comparison {
  readonly any: boolean;
  readonly field: string;
  /** The words that compare, as they were written. */
  readonly words: string;
  readonly comparator: Comparator;
}

const PATTERNS = COMPARATORS.map((comparator) => {
  const operand = comparator.operand === "none" ? "" : `(?: (?:the )?(${OPERAND}))?`;
  const source = `(any (?:of the )?)?(?:the |its |their )?(${FIELD}) (${comparator.words})(?![\\p{L}\\p{N}])${operand}`;
  return { comparator, pattern: new RegExp(source, "iu") };
});

const AMOUNT = /[$€£]?-?\d[\d,]*(?:\.\d+)?k?/i;
const ANY_OPERAND = new RegExp(OPERAND, "iu");

/** Reads a condition: a comparison, or words that a question has to clear up. */
export function readCondition(text: string): { readonly condition: Condition; readonly leftover: readonly string[] } {
  const reading = new Reading(spellSymbols(text));
  const condition = takeComparison(reading);
  return condition === undefined
    ? { condition: unclear(text), leftover: [] }
    : { condition, leftover: reading.leftover() };
}

/** Whether the text holds a comparison at all. */
export function isComparison(text: string): boolean {
  return takeComparison(new Reading(spellSymbols(text))) !== undefined;
}

function takeComparison(reading: Reading): Condition | undefined {
  for (const { comparator, pattern } of PATTERNS) {
    const match = reading.take(pattern);
    if (match === undefined) continue;
    const [, any, field = "", words = "", said = ""] = match;
    return condition({ any: any !== undefined, field, words, comparator }, said);
  }
  return undefined;
}

function condition(comparison: Comparison, said: string): Condition {
  const { any, field, words, comparator } = comparison;
  const start = `${any ? "any " : ""}${field} ${words}`;
  const value = literal(comparator, said);
  return {
    words: `${start} ${said}`.trim(),
    hole: value === undefined ? missingOperand(start, comparison) : undefined,
    expression: (scope) => expression(comparison, value ?? "null", scope),
  };
}

function expression({ any, field, comparator }: Comparison, value: string, scope: Scope): string {
  // "status is 200" asks the response itself; every other field lies in what was fetched.
  if (field.toLowerCase() === "status" && scope.response !== undefined && /^\d{3}$/.test(value)) {
    return comparator.compare(`${scope.response}.status`, value);
  }
  const source = scope.it ?? "input";
  if (!any) return comparator.compare(fieldPath(source, field), value);
  // "any total": wherever it lies, in a list or deeper. `**` walks every level.
  return `$exists(${source}.**[${comparator.compare(quoteField(field), value)}])`;
}

function missingOperand(start: string, comparison: Comparison): Hole<Condition> {
  const kind = comparison.comparator.operand === "number" ? "number" : "value";
  return {
    slot: "value",
    question: `Which ${kind} do you mean in "${start} …"?`,
    options: [],
    fill(answer) {
      const said = answer.take(kind === "number" ? AMOUNT : ANY_OPERAND)?.[0] ?? "";
      const filled = condition(comparison, said);
      return filled.hole === undefined ? filled : undefined;
    },
  };
}

function unclear(words: string): Condition {
  return {
    words,
    hole: {
      slot: "condition",
      question: `How can the workflow tell that "${words}"? Name a field and a comparison.`,
      options: ["total is over 1000", 'state equals "open"'],
      fill: takeComparison,
    },
    // Never reached: a program with a hole is asked about, not drafted.
    expression: () => "false",
  };
}
