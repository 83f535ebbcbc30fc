import type { JsonObject, JsonValue } from "@bufbuild/protobuf";

// Providers accept a subset of JSON Schema for their answers: each object names all its properties and requires all of
// them, there is no oneOf, no open object and no bound. The engine's own check has what is lost here.

const PLAIN: readonly unknown[] = ["string", "number", "integer", "boolean", "null"];

/**
 * The same schema in the subset. An optional property may be null, an open object becomes a list of names and values, and
 * a value of any type becomes JSON text. `fromStrict` reverses it.
 */
export function toStrict(schema: JsonObject): JsonObject {
  const { type, description } = schema;
  const about = typeof description === "string" ? { description } : {};
  const variants = listOf(schema["anyOf"]) ?? listOf(schema["oneOf"]);
  if (variants !== undefined) return { anyOf: variants.map(toStrict), ...about };
  const literals = "const" in schema ? [schema["const"] ?? null] : schema["enum"];
  if (Array.isArray(literals)) return { ...(typeof type === "string" ? { type } : {}), enum: literals, ...about };
  if (isMap(schema)) {
    const value = toStrict(objectOf(schema["additionalProperties"]));
    return { type: "array", items: strictObject({ name: { type: "string" }, value }), ...about };
  }
  if (type === "object") return strictObject(strictProperties(schema), about);
  if (type === "array") return { type, items: toStrict(objectOf(schema["items"])), ...about };
  if (PLAIN.includes(type)) return { type: type ?? "string", ...about };
  const before = typeof description === "string" ? `${description} ` : "";
  return { type: "string", description: `${before}Written as JSON text.` };
}

/** An object of the subset. */
export function strictObject(properties: JsonObject, about: JsonObject = {}): JsonObject {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false, ...about };
}

export function nullable(schema: JsonObject): JsonObject {
  return { anyOf: [schema, { type: "null" }] };
}

function strictProperties(schema: JsonObject): JsonObject {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const entries = Object.entries(objectOf(schema["properties"])).map(([name, property]) => {
    const strict = toStrict(objectOf(property));
    return [name, required.includes(name) ? strict : nullable(strict)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * A value of the strict form in the form of `schema`. Values that are in this form already stay: a server without
 * structured output reads the schema, and does as it likes.
 */
export function fromStrict(value: JsonValue, schema: JsonObject): JsonValue {
  if (isMap(schema)) return Array.isArray(value) ? fromPairs(value, objectOf(schema["additionalProperties"])) : value;
  if (schema["type"] === "array" && Array.isArray(value)) {
    return value.map((item) => fromStrict(item, objectOf(schema["items"])));
  }
  if (schema["type"] === "object" && isObject(value)) return withoutNulls(value, schema);
  return isAny(schema) && typeof value === "string" ? parsed(value) : value;
}

function withoutNulls(value: JsonObject, schema: JsonObject): JsonObject {
  const properties = objectOf(schema["properties"]);
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const present = Object.entries(value).filter(([name, item]) => item !== null || required.includes(name));
  return Object.fromEntries(present.map(([name, item]) => [name, fromStrict(item, objectOf(properties[name]))]));
}

function fromPairs(pairs: readonly JsonValue[], schema: JsonObject): JsonValue {
  const entries = pairs.flatMap((pair) => {
    const { name, value = null } = objectOf(pair);
    return typeof name === "string" ? [[name, fromStrict(value, schema)] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Only objects and lists: a text that happens to be JSON, such as "5" or "true", stays a text. */
function parsed(text: string): JsonValue {
  try {
    const value = JSON.parse(text) as JsonValue;
    return value !== null && typeof value === "object" ? value : text;
  } catch {
    return text; // a plain text, or an expression
  }
}

/** An object with names that the schema does not know. */
function isMap(schema: JsonObject): boolean {
  return schema["type"] === "object" && isObject(schema["additionalProperties"]);
}

function isAny(schema: JsonObject): boolean {
  return !["type", "anyOf", "oneOf", "enum", "const"].some((key) => key in schema);
}

function listOf(value: JsonValue | undefined): readonly JsonObject[] | undefined {
  return Array.isArray(value) ? value.map(objectOf) : undefined;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
