/**
 * Computes what an expression comes to before the apply. What only AWS can tell stays an `Unknown` and makes unknown what
 * depends on it; nothing is guessed, and a function or a name that is not known here is an error, not a hole.
 */

import { type Expression, type ForExpression, SPLAT_ELEMENT } from "./expression.ts";
import { callFunction } from "./functions.ts";
import { binary } from "./operators.ts";
import { addressesIn, isObject, Namespace, toText, Unknown, type Value, type ValueObject } from "./value.ts";

/** What the first word of a reference means. */
export type Scope = (name: string) => Value | undefined;

/** @throws Error naming what is not known */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "template":
      return template(expression.parts.map((part) => evaluate(part, scope)));
    case "name":
      return lookup(expression.name, scope);
    case "attribute":
      return step(evaluate(expression.of, scope), expression.name);
    case "index":
      return step(evaluate(expression.of, scope), key(evaluate(expression.key, scope)));
    case "splat":
      return splat(expression, scope);
    case "call":
      return call(expression, scope);
    case "unary":
      return unary(expression.operator, evaluate(expression.operand, scope));
    case "binary":
      return binary(expression.operator, evaluate(expression.left, scope), () => evaluate(expression.right, scope));
    case "conditional":
      return conditional(expression, scope);
    case "tuple":
      return expression.items.map((item) => evaluate(item, scope));
    case "object":
      return Object.fromEntries(
        expression.items.map(([name, value]) => [toText(evaluate(name, scope)), evaluate(value, scope)]),
      );
    case "for":
      return forEach(expression, scope);
    default:
      return expression satisfies never;
  }
}

/** The same scope with one more name. */
export function withName(scope: Scope, name: string, value: Value): Scope {
  return (other) => (other === name ? value : scope(other));
}

/** What `for`, `for_each` and `[*]` go over, with keys. Nothing for what is unknown. */
export function entriesOf(value: Value): readonly (readonly [key: string | number, value: Value])[] | undefined {
  if (value instanceof Unknown) return undefined;
  if (value === null) return [];
  if (Array.isArray(value)) return value.map((each, index) => [index, each]);
  if (isObject(value)) return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  throw new Error(`expected a list or a map, got ${toText(value)}`);
}

function lookup(name: string, scope: Scope): Value {
  const value = scope(name);
  if (value === undefined) throw new Error(`nothing is called "${name}" here`);
  return value;
}

function template(parts: readonly Value[]): Value {
  const text = parts.map(toText).join("");
  const unknown = parts.flatMap(addressesIn);
  return unknown.length === 0 ? text : new Unknown(unknown.join(" "), text);
}

function key(value: Value): string | number {
  return typeof value === "number" ? value : toText(value);
}

/** `of.name` and `of[name]`. */
function step(of: Value, name: string | number): Value {
  if (of instanceof Namespace) return of.get(String(name));
  if (of instanceof Unknown) return new Unknown(`${of.address}${typeof name === "number" ? `[${name}]` : `.${name}`}`);
  if (Array.isArray(of)) {
    const item = of[Number(name)];
    if (item === undefined) throw new Error(`there is no element ${name} among ${of.length}`);
    return item as Value;
  }
  const member = isObject(of) ? of[name] : undefined;
  if (member === undefined) throw new Error(`there is no "${name}" in ${toText(of)}`);
  return member;
}

function splat({ of, each }: Extract<Expression, { kind: "splat" }>, scope: Scope): Value {
  const source = evaluate(of, scope);
  if (source instanceof Unknown) return new Unknown(`${source.address}[*]`);
  const items = Array.isArray(source) ? source : source === null ? [] : [source];
  return items.map((item: Value) => evaluate(each, withName(scope, SPLAT_ELEMENT, item)));
}

function call({ name, args, spread }: Extract<Expression, { kind: "call" }>, scope: Scope): Value {
  // These two are about arguments that fail.
  if (name === "try") return firstThatWorks(args, scope);
  if (name === "can") return works(() => args.map((arg) => evaluate(arg, scope)));
  const values = args.map((arg) => evaluate(arg, scope));
  const last = values.at(-1);
  if (!spread) return callFunction(name, values);
  if (last instanceof Unknown) return new Unknown(`${name}(${last.address})`);
  return callFunction(name, [...values.slice(0, -1), ...(Array.isArray(last) ? last : [])]);
}

function firstThatWorks(args: readonly Expression[], scope: Scope): Value {
  const working = args.find((arg) => works(() => evaluate(arg, scope)));
  if (working === undefined) throw new Error("no argument of try() works");
  return evaluate(working, scope);
}

function works(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false; // what is asked for is whether it fails
  }
}

function unary(operator: "!" | "-", operand: Value): Value {
  if (operand instanceof Unknown) return new Unknown(`${operator}${operand.address}`);
  return operator === "!" ? !isTrue(operand) : -Number(operand);
}

function conditional({ test, whenTrue, whenFalse }: Extract<Expression, { kind: "conditional" }>, scope: Scope): Value {
  const condition = evaluate(test, scope);
  if (condition instanceof Unknown) return new Unknown(`(${condition.address} ? …)`);
  return evaluate(isTrue(condition) ? whenTrue : whenFalse, scope);
}

function isTrue(value: Value): boolean {
  return value === true || value === "true";
}

function forEach(loop: ForExpression, scope: Scope): Value {
  const source = evaluate(loop.of, scope);
  const entries = entriesOf(source);
  if (entries === undefined) return new Unknown(`for(${addressesIn(source).join(" ")})`);
  const scopes = entries
    .map(([name, value]) => {
      const inner = withName(scope, loop.valueName, value);
      return loop.keyName === undefined ? inner : withName(inner, loop.keyName, name);
    })
    .filter((inner) => loop.test === undefined || isTrue(evaluate(loop.test, inner)));
  const { resultKey } = loop;
  if (resultKey === undefined) return scopes.map((inner) => evaluate(loop.result, inner));
  const pairs = scopes.map((inner) => [evaluate(resultKey, inner), evaluate(loop.result, inner)] as const);
  return loop.grouped ? grouped(pairs) : Object.fromEntries(pairs.map(([name, value]) => [toText(name), value]));
}

function grouped(pairs: readonly (readonly [Value, Value])[]): ValueObject {
  const groups = Map.groupBy(pairs, ([name]) => toText(name));
  return Object.fromEntries([...groups].map(([name, members]) => [name, members.map(([, value]) => value)]));
}
