/**
 * Reads the expressions of HCL, by precedence climbing. `@cdktn/hcl2json` has already refused what is not HCL and leaves
 * each expression as text; this makes a tree of it, so that `evaluate.ts` can compute what Terraform would.
 */

import { Cursor } from "./cursor.ts";
import { type Expression, type ForExpression, SPLAT_ELEMENT } from "./expression.ts";
import { readTemplate } from "./template.ts";

/** From the loosest to the tightest; `? :` is looser than all of them. */
const PRECEDENCE: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];

const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/**
 * A string as `@cdktn/hcl2json` hands it over: escapes are resolved outside of `${…}`, not within. A lone hole is the
 * expression itself, of whatever type; everything else is text.
 *
 * @throws Error that shows the place where something else was expected
 */
export function parse(text: string): Expression {
  const cursor = new Cursor(text);
  const isOver = (): boolean => cursor.isAtEnd;
  return unwrapped(readTemplate(cursor, { isOver, hasEscapes: false, readExpression: parseExpression }));
}

function unwrapped(template: Expression): Expression {
  const lone = template.kind === "template" && template.parts.length === 1 ? template.parts[0] : undefined;
  return lone ?? template;
}

function parseExpression(cursor: Cursor): Expression {
  const test = parseBinary(cursor, 0);
  if (!cursor.symbol("?")) return test;
  const whenTrue = parseExpression(cursor);
  cursor.expect(":");
  return { kind: "conditional", test, whenTrue, whenFalse: parseExpression(cursor) };
}

function parseBinary(cursor: Cursor, level: number): Expression {
  const operators = PRECEDENCE[level];
  if (operators === undefined) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  for (;;) {
    const operator = operators.find((symbol) => cursor.symbol(symbol));
    if (operator === undefined) return left;
    left = { kind: "binary", operator, left, right: parseBinary(cursor, level + 1) };
  }
}

function parseUnary(cursor: Cursor): Expression {
  const operator = (["!", "-"] as const).find((symbol) => cursor.symbol(symbol));
  if (operator === undefined) return parseTraversal(cursor, parsePrimary(cursor));
  return { kind: "unary", operator, operand: parseUnary(cursor) };
}

function parseTraversal(cursor: Cursor, start: Expression): Expression {
  let of = start;
  for (;;) {
    // `...` ends the last argument of a call.
    if (cursor.symbol("...")) {
      cursor.rewind(cursor.position - 3);
      return of;
    }
    if (cursor.take("[*]") || cursor.take(".*")) return splat(cursor, of);
    if (cursor.take(".")) of = parseStep(cursor, of);
    else if (cursor.take("[")) {
      of = { kind: "index", of, key: parseExpression(cursor) };
      cursor.expect("]");
    } else return of;
  }
}

function splat(cursor: Cursor, of: Expression): Expression {
  return { kind: "splat", of, each: parseTraversal(cursor, { kind: "name", name: SPLAT_ELEMENT }) };
}

function parseStep(cursor: Cursor, of: Expression): Expression {
  const digits = cursor.match(/\d+/y);
  if (digits !== undefined) return { kind: "index", of, key: { kind: "literal", value: Number(digits) } };
  const name = cursor.word();
  if (name === undefined) throw cursor.error("a name");
  return { kind: "attribute", of, name };
}

function parsePrimary(cursor: Cursor): Expression {
  if (cursor.symbol('"')) return parseQuoted(cursor);
  if (cursor.take("(")) return closed(cursor, parseExpression(cursor), ")");
  if (cursor.take("[")) return parseTuple(cursor);
  if (cursor.take("{")) return parseObject(cursor);
  const number = cursor.match(/\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
  if (number !== undefined) return { kind: "literal", value: Number(number) };
  const name = cursor.word();
  if (name === undefined) throw cursor.error("an expression");
  const constant = CONSTANTS[name];
  if (constant !== undefined) return { kind: "literal", value: constant };
  return cursor.take("(") ? parseCall(cursor, name) : { kind: "name", name };
}

/** The cursor stands behind the first quote. */
function parseQuoted(cursor: Cursor): Expression {
  const isOver = (): boolean => cursor.take('"');
  return unwrapped(readTemplate(cursor, { isOver, hasEscapes: true, readExpression: parseExpression }));
}

function closed(cursor: Cursor, expression: Expression, symbol: string): Expression {
  cursor.expect(symbol);
  return expression;
}

function parseCall(cursor: Cursor, name: string): Expression {
  const args: Expression[] = [];
  let spread = false;
  while (!cursor.symbol(")")) {
    args.push(parseExpression(cursor));
    spread = cursor.symbol("...");
    if (!cursor.symbol(",")) return closed(cursor, { kind: "call", name, args, spread }, ")");
  }
  return { kind: "call", name, args, spread };
}

function parseTuple(cursor: Cursor): Expression {
  if (takeWord(cursor, "for")) return parseFor(cursor, "]");
  const items: Expression[] = [];
  while (!cursor.symbol("]")) {
    items.push(parseExpression(cursor));
    if (!cursor.symbol(",")) return closed(cursor, { kind: "tuple", items }, "]");
  }
  return { kind: "tuple", items };
}

function parseObject(cursor: Cursor): Expression {
  if (takeWord(cursor, "for")) return parseFor(cursor, "}");
  const items: [Expression, Expression][] = [];
  while (!cursor.symbol("}")) {
    const key = parseKey(cursor);
    if (!cursor.symbol("=")) cursor.expect(":");
    items.push([key, parseExpression(cursor)]);
    cursor.symbol(",");
  }
  return { kind: "object", items };
}

/** A bare word is its own text; a reference needs parentheses. */
function parseKey(cursor: Cursor): Expression {
  const word = cursor.word();
  return word === undefined ? parseExpression(cursor) : { kind: "literal", value: word };
}

function parseFor(cursor: Cursor, end: "]" | "}"): ForExpression {
  const first = cursor.word() ?? "";
  const second = cursor.symbol(",") ? cursor.word() : undefined;
  if (!takeWord(cursor, "in")) throw cursor.error("in");
  const of = parseExpression(cursor);
  cursor.expect(":");
  const before = parseExpression(cursor);
  const after = end === "}" && cursor.symbol("=>") ? parseExpression(cursor) : undefined;
  const grouped = cursor.symbol("...");
  const test = takeWord(cursor, "if") ? parseExpression(cursor) : undefined;
  cursor.expect(end);
  return {
    kind: "for",
    keyName: second === undefined ? undefined : first,
    valueName: second ?? first,
    of,
    resultKey: after === undefined ? undefined : before,
    result: after ?? before,
    grouped,
    test,
  };
}

function takeWord(cursor: Cursor, word: string): boolean {
  const start = cursor.position;
  if (cursor.word() === word) return true;
  cursor.rewind(start);
  return false;
}
