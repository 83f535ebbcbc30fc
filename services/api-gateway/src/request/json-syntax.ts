/**
 * Finds the first fault in a text that `JSON.parse` refused, because V8 gives the position of some faults only. In: a
 * text. Out: the fault, or `undefined` when the text is JSON. Open brackets are kept in a list and not on the call
 * stack, so no depth of nesting is too much. Decision record 0031 compares it with a library.
 */

/** Where a text stops being JSON. */
export interface SyntaxFault {
  /** Characters before the fault. */
  readonly offset: number;
  /** What was expected there, for people. */
  readonly expected: string;
}

type Closer = "}" | "]";
type Token = "{" | "[" | Closer | ":" | "," | "string" | "broken string" | "literal" | "nothing";

/** What may come next, in the words of the message. */
type Expectation =
  | "a value"
  | 'a value or "]"'
  | "a property name in double quotes"
  | 'a property name in double quotes or "}"'
  | '":"'
  | '"," or "}"'
  | '"," or "]"'
  | "the end";

// Sticky, and each matches the empty text as well.
const SPACE = /[ \t\n\r]*/y;
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)?/y;
/** RFC 8259 7: "unescaped = %x20-21 / %x23-5B / %x5D-10FFFF". Ends before the closing quote, or before a fault. */
const STRING_CONTENT = /(?:[ !#-[\]-\u{10ffff}]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*/uy;

export function findSyntaxFault(text: string): SyntaxFault | undefined {
  const open: Closer[] = [];
  let expected: Expectation = "a value";
  let offset = endOf(SPACE, text, 0);
  while (expected !== "the end" || offset < text.length) {
    const { token, end } = readToken(text, offset);
    if (token === "broken string") return { offset: end, expected: "a valid character or the end of the string" };
    const next = follow(expected, token, open);
    if (next === undefined) return { offset, expected };
    expected = next;
    offset = endOf(SPACE, text, end);
  }
  return undefined;
}

/** `line 2, column 14`, both counted from 1. */
export function describePosition(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** What may follow `token`; `undefined` when `token` is not what was expected. */
function follow(expected: Expectation, token: Token, open: Closer[]): Expectation | undefined {
  switch (expected) {
    case "a value":
      return followValue(token, open);
    case 'a value or "]"':
      return token === "]" ? close(open) : followValue(token, open);
    case 'a property name in double quotes or "}"':
      return token === "}" ? close(open) : follow("a property name in double quotes", token, open);
    case "a property name in double quotes":
      return token === "string" ? '":"' : undefined;
    case '":"':
      return token === ":" ? "a value" : undefined;
    case '"," or "}"':
      return token === "}" ? close(open) : token === "," ? "a property name in double quotes" : undefined;
    case '"," or "]"':
      return token === "]" ? close(open) : token === "," ? "a value" : undefined;
    case "the end":
      return undefined;
    default:
      return expected satisfies never;
  }
}

function followValue(token: Token, open: Closer[]): Expectation | undefined {
  switch (token) {
    case "{":
      open.push("}");
      return 'a property name in double quotes or "}"';
    case "[":
      open.push("]");
      return 'a value or "]"';
    case "string":
    case "literal":
      return afterValue(open);
    default:
      return undefined;
  }
}

function close(open: Closer[]): Expectation {
  open.pop();
  return afterValue(open);
}

function afterValue(open: readonly Closer[]): Expectation {
  const closer = open.at(-1);
  return closer === undefined ? "the end" : `"," or "${closer}"`;
}

function readToken(text: string, offset: number): { readonly token: Token; readonly end: number } {
  const char = text[offset] ?? "";
  switch (char) {
    case "{":
    case "[":
    case "}":
    case "]":
    case ":":
    case ",":
      return { token: char, end: offset + 1 };
    case '"':
      return readString(text, offset + 1);
    default: {
      const end = endOf(LITERAL, text, offset);
      return { token: end > offset ? "literal" : "nothing", end };
    }
  }
}

/** Ends after the closing quote, or at the fault. */
function readString(text: string, offset: number): { readonly token: Token; readonly end: number } {
  const end = endOf(STRING_CONTENT, text, offset);
  return text[end] === '"' ? { token: "string", end: end + 1 } : { token: "broken string", end };
}

/** Where the match of a sticky pattern at `offset` ends. */
function endOf(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  pattern.test(text);
  return pattern.lastIndex;
}
