import { quoteText } from "./fields.ts";

/** One way of comparing a field. */
export interface Comparator {
  /** As people write it, for a regular expression. */
  readonly words: string;
  /** What stands on its right. */
  readonly operand: "number" | "any" | "none";
  /** JSONata of the comparison. */
  readonly compare: (left: string, right: string) => string;
}

const IS = "(?:(?:is|are|was|gets|goes|rises|falls) )?";

/** The longest first: "is not over" must not be read as "is not", nor "is over" as "is". */
export const COMPARATORS: readonly Comparator[] = [
  {
    words: "(?:is|are) (?:missing|empty)|does not exist",
    operand: "none",
    compare: (left) => `$not($exists(${left}))`,
  },
  { words: "(?:is|are) (?:present|given)|exists", operand: "none", compare: (left) => `$exists(${left})` },
  { words: `${IS}(?:at least|no less than|not below|not under)`, operand: "number", compare: infix(">=") },
  { words: `${IS}(?:at most|no more than|not over|not above)`, operand: "number", compare: infix("<=") },
  {
    words: `${IS}(?:over|above|(?:more|greater|larger|bigger|higher) than)|exceeds?`,
    operand: "number",
    compare: infix(">"),
  },
  { words: `${IS}(?:under|below|(?:less|smaller|lower|fewer) than)`, operand: "number", compare: infix("<") },
  {
    words: "does not contain|doesn't contain|does not include",
    operand: "any",
    compare: (left, right) => `$not(${contains(left, right)})`,
  },
  { words: "contains?|includes?|mentions?", operand: "any", compare: contains },
  {
    words: "does not equal|doesn't equal|(?:is|are) not(?: equal to)?|isn't|aren't",
    operand: "any",
    compare: infix("!="),
  },
  { words: "equals?(?: to)?|(?:is|are)(?: equal to| exactly)?", operand: "any", compare: infix("=") },
];

/** What may stand on the right of a comparison: quoted text, an amount, a word. */
export const OPERAND: string = `"[^"]*"|'[^']*'|[$€£]?-?\\d[\\d,]*(?:\\.\\d+)?k?(?: ?(?:eur|euros?|usd|dollars?|gbp|pounds?|%))?|[\\p{L}\\p{N}_-]+`;

const SYMBOLS: Readonly<Record<string, string>> = {
  ">=": "is at least",
  "≥": "is at least",
  "<=": "is at most",
  "≤": "is at most",
  ">": "is over",
  "<": "is under",
  "!=": "is not",
  "==": "equals",
  "=": "equals",
};

/** "total >= 10" as "total is at least 10", so that one table reads both. What is quoted stays. */
export function spellSymbols(text: string): string {
  return text
    .replace(/"[^"]*"|'[^']*'| ?(>=|<=|!=|==|[<>=≥≤]) ?/g, (whole, symbol) => (symbol ? ` ${SYMBOLS[symbol]} ` : whole))
    .trim();
}

/** The JSONata literal, or `undefined` when what was said is not of the kind that the comparison needs. */
export function literal({ operand }: Comparator, said: string): string | undefined {
  if (operand === "none") return "";
  const amount = readAmount(said);
  if (amount !== undefined) return String(amount);
  if (operand === "number" || said === "") return undefined;
  if (/^(?:true|false|null)$/i.test(said)) return said.toLowerCase();
  return quoteText(said.replace(/^["']|["']$/g, ""));
}

/** "1,000", "$10k", "12.50 EUR". */
function readAmount(said: string): number | undefined {
  const match = /^[$€£]?(-?\d[\d,]*(?:\.\d+)?)(k?)(?: ?[\p{L}%]+)?$/iu.exec(said);
  if (match === null) return undefined;
  const amount = Number(match[1]?.replaceAll(",", "")) * (match[2] === "" ? 1 : 1000);
  return Number.isFinite(amount) ? amount : undefined;
}

function infix(operator: string): Comparator["compare"] {
  return (left, right) => `${left} ${operator} ${right}`;
}

function contains(left: string, right: string): string {
  // A field may hold a number or be absent; $contains takes text only.
  return `$contains($string(${left}), ${right})`;
}
