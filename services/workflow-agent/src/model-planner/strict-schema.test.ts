import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { NODE_TYPES } from "../../test/node-types.ts";
import { answerSchema } from "./answer-schema.ts";
import { fromStrict, toStrict } from "./strict-schema.ts";

const KNOWN = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "enum",
  "description",
]);

/** What a provider would refuse in a schema. */
function refusals(schema: JsonValue | undefined, path = ""): readonly string[] {
  const { type, properties, required, additionalProperties, items, anyOf, ...rest } = schema as JsonObject;
  const unknown = Object.keys(rest).filter((key) => !KNOWN.has(key));
  const variants = Array.isArray(anyOf) ? anyOf.flatMap((variant, at) => refusals(variant, `${path}/anyOf/${at}`)) : [];
  const list = type === "array" ? refusals(items, `${path}/items`) : [];
  const named = Object.entries((properties ?? {}) as JsonObject);
  const isStrict =
    additionalProperties === false && JSON.stringify(required) === JSON.stringify(named.map(([name]) => name));
  return [
    ...unknown.map((key) => `${path}: ${key}`),
    ...(type === undefined && anyOf === undefined ? [`${path}: no type`] : []),
    ...(type === "object" && !isStrict ? [`${path}: an object that is not strict`] : []),
    ...variants,
    ...list,
    ...named.flatMap(([name, property]) => refusals(property, `${path}/${name}`)),
  ];
}

function count(schema: JsonValue, key: string): number {
  if (schema === null || typeof schema !== "object") return 0;
  if (Array.isArray(schema)) return schema.reduce<number>((sum, item) => sum + count(item, key), 0);
  return Object.entries(schema).reduce((sum, [name, value]) => sum + (name === key ? 1 : 0) + count(value, key), 0);
}

test("the schema of an answer is in the subset that providers accept", () => {
  const schema = answerSchema(NODE_TYPES);

  expect(refusals(schema)).toEqual([]);
  // Anthropic refuses a schema with more than 16 unions.
  expect(count(schema, "anyOf")).toBeLessThanOrEqual(16);
});

test("a text for the person comes first, so that it streams, and a node begins with its kind", () => {
  const schema = answerSchema(NODE_TYPES);

  expect(Object.keys(schema["properties"] as JsonObject)[0]).toBe("reply");
  const nodes = JSON.stringify(schema).match(/"properties":\{"kind"/g);
  expect(nodes).toHaveLength(NODE_TYPES.length);
});

test("the checker finds what it looks for", () => {
  expect(refusals({ type: "object", properties: { a: { type: "string", minLength: 1 } } })).toEqual([
    ": an object that is not strict",
    "/a: minLength",
  ]);
  expect(refusals({ type: "array", items: { oneOf: [] } })).toEqual(["/items: oneOf", "/items: no type"]);
});

const HTTP = NODE_TYPES[1]?.configurationSchema as JsonObject;

test("a strict value takes the form of the engine: no nulls, headers by name, a body of JSON", () => {
  const strict = {
    method: "POST",
    url: "https://example.com",
    headers: [
      { name: "accept", value: "text/plain" },
      { name: "x-count", value: 3 },
    ],
    body: '{"total": "{% input.total %}"}',
    forward_headers: null,
  };

  expect(fromStrict(strict, HTTP)).toEqual({
    method: "POST",
    url: "https://example.com",
    headers: { accept: "text/plain", "x-count": 3 },
    body: { total: "{% input.total %}" },
  });
});

test("a value that is in the engine's form already stays, and so does what is no JSON", () => {
  const headers = { accept: "text/plain" };
  expect(fromStrict({ method: "GET", url: "u", headers, body: { a: 1 } }, HTTP)).toEqual({
    method: "GET",
    url: "u",
    headers,
    body: { a: 1 },
  });
  expect(fromStrict({ body: "{% nodes.a.body %}" }, HTTP)).toEqual({ body: "{% nodes.a.body %}" });
  expect(fromStrict({ body: "5" }, HTTP)).toEqual({ body: "5" });
  expect(fromStrict(["what"], HTTP)).toEqual(["what"]);
});

test("a required property keeps its null, which the engine's check reports", () => {
  expect(fromStrict({ method: null, url: "u", body: null }, HTTP)).toEqual({ method: null, url: "u" });
});

test("a literal keeps its type", () => {
  expect(toStrict({ const: 1 })).toEqual({ enum: [1] });
  expect(toStrict({ type: "string", enum: ["a"] })).toEqual({ type: "string", enum: ["a"] });
});
