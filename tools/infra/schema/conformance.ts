/** Compares the body of one block with what the provider accepts. */

import { type Body, bodies, type Json } from "../plan/configuration.ts";
import type { BlockSchema, NestedSchema } from "./snapshot.ts";

/** Terraform's own arguments, which no provider lists. */
const META: ReadonlySet<string> = new Set([
  "count",
  "for_each",
  "provider",
  "depends_on",
  "lifecycle",
  "connection",
  "provisioner",
]);

/** What is wrong with a resource or a data source, each with the path of the argument. */
export function conform(body: Body, schema: BlockSchema): readonly string[] {
  const own = Object.fromEntries(Object.entries(body).filter(([name]) => !META.has(name)));
  return conformBlock(own, schema, "");
}

function conformBlock(body: Body, schema: BlockSchema, path: string): readonly string[] {
  const nested = nestedIn(body);
  const written = new Set([...Object.keys(body), ...nested.keys()].filter((name) => name !== "dynamic"));
  const missing = Object.keys(schema.required ?? {}).filter((name) => !written.has(name));
  return [
    ...missing.map((name) => `${path}${name} is required`),
    ...[...written].flatMap((name) => conformMember(name, body[name], schema, path)),
    ...Object.entries(schema.blocks ?? {}).flatMap(([name, each]) =>
      conformNested(nested.get(name), each, `${path}${name}`),
    ),
  ];
}

function conformMember(name: string, value: Json | undefined, schema: BlockSchema, path: string): readonly string[] {
  if (schema.blocks?.[name] !== undefined) return [];
  if (schema.computed?.[name] !== undefined && name !== "id")
    return [`${path}${name} is told by AWS, it cannot be set`];
  const type = schema.required?.[name] ?? schema.optional?.[name];
  if (type === undefined) return [`${path}${name} is not an argument`];
  if (schema.deprecated?.includes(name)) return [`${path}${name} is deprecated`];
  return isLiteralOf(type, value) ? [] : [`${path}${name} is ${JSON.stringify(value)}, expected ${type}`];
}

function conformNested(found: Found | undefined, schema: NestedSchema, path: string): readonly string[] {
  const { written = 0, isDynamic = false, all = [] } = found ?? {};
  return [
    ...(written < (schema.min ?? 0) && !isDynamic ? [`${path} is required`] : []),
    ...(written > (schema.max ?? Number.POSITIVE_INFINITY)
      ? [`${path} may stand there ${schema.max} times, not ${written}`]
      : []),
    ...all.flatMap((body) => conformBlock(body, schema, `${path}.`)),
  ];
}

interface Found {
  readonly all: readonly Body[];
  readonly written: number;
  readonly isDynamic: boolean;
}

/** Nested blocks by name, written ones and the contents of dynamic ones. */
function nestedIn(body: Body): ReadonlyMap<string, Found> {
  const dynamic = (body["dynamic"] ?? {}) as Body;
  const names = new Set([...Object.keys(body), ...Object.keys(dynamic)]);
  return new Map(
    [...names].map((name) => {
      const written = bodies(body[name]).filter((each) => typeof each === "object");
      const contents = bodies(dynamic[name]).flatMap((block) => bodies(block["content"]));
      return [name, { all: [...written, ...contents], written: written.length, isDynamic: contents.length > 0 }];
    }),
  );
}

/** Judges literals only: of an expression nobody knows the type before a plan. */
function isLiteralOf(type: string, value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  const isExpression = typeof value === "string" && value.includes("${");
  if (isExpression) return true;
  if (type.startsWith("list(") || type.startsWith("set(")) return Array.isArray(value);
  if (type.startsWith("map(") || type === "object") return typeof value === "object" && !Array.isArray(value);
  // Terraform converts between a number or a switch and its text.
  if (type === "number") return Number.isFinite(Number(value));
  if (type === "bool") return value === true || value === false || value === "true" || value === "false";
  return typeof value !== "object";
}
