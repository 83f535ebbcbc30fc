import { quoteText } from "./fields.ts";

/** One way to compare a field. */
export interface Comparator {
  /** The words for it, as the source of a regular expression. */
  readonly words: string;
  /** The kind of its right side. */
  readonly operand: "number" | "any" | "none";
  /** JSONata that tests one value, `$`. The comparison means the opposite when `negated`. */
  readonly test: (operand: string) => string;
  readonly negated: boolean;
}

const IS = "(?:(?:is|are|was|gets|goes|rises|falls|drops) )?";

/**
 * JSONata function: the number in a number or in a text; no value for anything else. `withAmount` puts its definition
 * before an expression, because JSONata fails on `"12" > 5` and on `$number("n/a")`.
 */
const AMOUNT = "$amount := function($v) { $contains($string($v), /^-?\\d+([.]\\d+)?(e[+-]?\\d+)?$/) ? $number($v) }";

/** The expression, after the definition of `$amount` if the expression calls it. */
export function withAmount(expression: string): string {
  return expression.includes("$amount(") ? `(${AMOUNT}; ${expression})` : expression;
}

export const MISSING: Comparator = {
  words: "(?:is|are) (?:missing|empty)|does not exist",
  operand: "none",
  test: isPresent,
  negated: true,
};

export const PRESENT: Comparator = {
  words: "(?:is|are) (?:present|given)|exists",
  operand: "none",
  test: isPresent,
  negated: false,
};

export const AT_LEAST: Comparator = number(`${IS}(?:at least|no less than|not below|not under)|>=|≥`, ">=");

export const AT_MOST: Comparator = number(`${IS}(?:at most|no more than|not over|not above)|<=|≤`, "<=");

/** The longest words first: "is not over" must not match as "is not", nor "is over" as "is". */
export const COMPARATORS: readonly Comparator[] = [
  MISSING,
  PRESENT,
  AT_LEAST,
  AT_MOST,
  number(`${IS}(?:over|above|(?:more|greater|larger|bigger|higher) than)|exceeds?|>(?!=)`, ">"),
  number(`${IS}(?:under|below|(?:less|smaller|lower|fewer) than)|<(?!=)`, "<"),
  {
    words: "does not contain|doesn't contain|does not include|doesn't include",
    operand: "any",
    test: contains,
    negated: true,
  },
  { words: "contains?|includes?|mentions?", operand: "any", test: contains, negated: false },
  {
    words: "does not equal|doesn't equal|(?:is|are) not(?: equal to)?|isn't|aren't|!=|≠",
    operand: "any",
    test: equals,
    negated: true,
  },
  { words: "equals?(?: to)?|(?:is|are)(?: equal to| exactly)?|==?", operand: "any", test: equals, negated: false },
];

/** An amount, as the source of a regular expression. */
export const NUMBER =
  "[$€£]?-?(?:\\d{1,3}(?:,\\d{3})+|\\d+)(?:\\.\\d+)?k?(?: ?(?:eur|euros?|usd|dollars?|gbp|pounds?|€))?";

/** Words in the place of a value that are not values: "is between 5 and 10", "is never open". */
const NO_VALUE =
  "(?:or|and|not|no|never|neither|none|nothing|any|all|every|each|both|either|between|only|always|still|already|about|around|the|for|from|with|than|like|when|if|more|less)\\b";

/** The right side of a comparison: quoted text, an amount, or a word. */
export const OPERAND: string = `"[^"]*"|'[^']*'|${NUMBER}(?![\\p{L}\\p{N}.,]*[\\p{L}\\p{N}])|(?!${NO_VALUE})\\p{L}[\\p{L}\\p{N}_-]*`;

/** The value as a JSONata literal; `undefined` if it is not of the kind that the comparison needs. */
export function literal({ operand }: Pick<Comparator, "operand">, said: string): string | undefined {
  if (operand === "none") return "";
  const amount = SPELT[said.toLowerCase()] ?? readAmount(said);
  if (amount !== undefined) return String(amount);
  if (operand === "number" || said === "" || /^[$€£]?\d/.test(said)) return undefined;
  if (/^(?:true|false|null)$/i.test(said)) return said.toLowerCase();
  return quoteText(said.replace(/^["']|["']$/g, ""));
}

const SPELT: Readonly<Record<string, number>> = { zero: 0, one: 1, two: 2, three: 3, four: 4, five: 5, ten: 10 };

/** "1,000", "$10k", "12.50 EUR". "1.000" means a thousand in some countries and one in others, so it is no amount. */
function readAmount(said: string): number | undefined {
  const match = /^[$€£]?(-?[\d,]+(?:\.\d+)?)(k?)(?: ?[\p{L}%€]+)?$/iu.exec(said);
  if (match === null || /^-?\d{1,3}\.\d{3}$/.test(match[1] ?? "")) return undefined;
  const amount = Number(match[1]?.replaceAll(",", "")) * (match[2] === "" ? 1 : 1000);
  return Number.isFinite(amount) ? amount : undefined;
}

function number(words: string, operator: string): Comparator {
  return { words, operand: "number", test: (operand) => `$amount($) ${operator} ${operand}`, negated: false };
}

function equals(operand: string): string {
  return /^-?\d/.test(operand) ? `$amount($) = ${operand}` : `$ = ${operand}`;
}

function contains(operand: string): string {
  // A value may be a number; $contains takes text only.
  return `$contains($string($), ${operand.startsWith('"') ? operand : quoteText(operand)})`;
}

/** In plain English null and "" count as missing. */
function isPresent(): string {
  return '$ != null and $ != ""';
}
