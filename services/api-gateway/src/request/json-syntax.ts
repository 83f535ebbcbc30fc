/** Where a text stops being JSON. */
export interface SyntaxFault {
  /** Characters before the fault. */
  readonly offset: number;
  /** What should have stood there, for people. */
  readonly expected: string;
}

type Closer = "}" | "]";
type Token = "{" | "[" | Closer | ":" | "," | "string" | "broken string" | "literal" | "nothing";

/** What may come next, said as a person reads it. */
type Expectation =
  | "a value"
  | 'a value or "]"'
  | "a property name in double quotes"
  | 'a property name in double quotes or "}"'
  | '":"'
  | '"," or "}"'
  | '"," or "]"'
  | "the end";

/**
 * Finds the first fault in a text that `JSON.parse` refused, because V8 names the position of some faults only.
 * In comes a text, out goes the fault, or undefined when the text is JSON after all. What is open stands in a list and
 * not on the call stack, so no nesting is too deep.
 */
export function findSyntaxFault(text: string): SyntaxFault | undefined {
  const open: Closer[] = [];
  let expected: Expectation = "a value";
  let offset = match(space, text, 0);
  while (expected !== "the end" || offset < text.length) {
    const { token, end } = readToken(text, offset);
    if (token === "broken string") return { offset: end, expected: "a valid character or the end of the string" };
    const next = follow(expected, token, open);
    if (next === undefined) return { offset, expected };
    expected = next;
    offset = match(space, text, end);
  }
  return undefined;
}

/** `line 2, column 14`, both from 1, as editors count. */
export function describePosition(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

/** What may follow `token`, or undefined when the token itself must not stand here. */
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
    case "}":
    case "]":
    case ":":
    case ",":
    case "broken string":
    case "nothing":
      return undefined;
    default:
      return token satisfies never;
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

const space = /[ \t\n\r]*/y;
const literal = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)?/y;
/** RFC 8259 7: "unescaped = %x20-21 / %x23-5B / %x5D-10FFFF". Ends before the closing quote, or before a fault. */
const stringContent = /(?:[ !#-[\]-\u{10ffff}]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*/uy;

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
      const end = match(literal, text, offset);
      return { token: end > offset ? "literal" : "nothing", end };
    }
  }
}

/** Ends after the closing quote, or at what stands in its place. */
function readString(text: string, offset: number): { readonly token: Token; readonly end: number } {
  const end = match(stringContent, text, offset);
  return text[end] === '"' ? { token: "string", end: end + 1 } : { token: "broken string", end };
}

/** The end of what a sticky pattern, which also matches nothing, finds at `offset`. */
function match(pattern: RegExp, text: string, offset: number): number {
  pattern.lastIndex = offset;
  pattern.test(text);
  return pattern.lastIndex;
}
