import { entriesOf, evaluate, type Scope, withName } from "../hcl/evaluate.ts";
import { parse } from "../hcl/parse.ts";
import { Namespace, toText, type Value, type ValueObject } from "../hcl/value.ts";
import { type Body, bodies, type Json } from "./configuration.ts";

const parsed = new Map<string, ReturnType<typeof parse>>();

/** Evaluates what stands behind a `=`, or a whole block. */
export function evaluateJson(json: Json, scope: Scope): Value {
  if (typeof json === "string") return evaluate(parseOnce(json), scope);
  if (Array.isArray(json)) return json.map((each: Json) => evaluateJson(each, scope));
  if (typeof json === "object" && json !== null) return evaluateBody(json as Body, scope);
  return json as Value;
}

/** Expressions repeat from instance to instance and from plan to plan. */
export function parseOnce(text: string): ReturnType<typeof parse> {
  const expression = parsed.get(text) ?? parse(text);
  parsed.set(text, expression);
  return expression;
}

/** Attributes by name, nested blocks as lists, `dynamic` blocks unrolled. */
function evaluateBody(body: Body, scope: Scope): ValueObject {
  const members = Object.entries(body)
    .filter(([name]) => name !== "dynamic")
    .map(([name, json]) => [toText(evaluate(parseOnce(name), scope)), evaluateJson(json, scope)] as const);
  return { ...Object.fromEntries(members), ...dynamicBlocks(body["dynamic"], scope) };
}

function dynamicBlocks(dynamic: Json | undefined, scope: Scope): ValueObject {
  const entries = Object.entries((dynamic ?? {}) as Body);
  return Object.fromEntries(
    entries.map(([name, list]) => [name, bodies(list).flatMap((block) => unroll(name, block, scope))]),
  );
}

function unroll(name: string, block: Body, scope: Scope): Value[] {
  const iterator = typeof block["iterator"] === "string" ? block["iterator"].replaceAll(/[${}]/g, "") : name;
  const source = evaluateJson(block["for_each"] ?? [], scope);
  // What is unknown may well have elements: one stands for all.
  const entries = entriesOf(source) ?? [["?", source] as const];
  return entries.flatMap(([key, value]) => {
    const element: ValueObject = { key, value };
    const inner = withName(scope, iterator, new Namespace(iterator, (member) => element[member] ?? null));
    return bodies(block["content"]).map((content) => evaluateBody(content, inner));
  });
}
