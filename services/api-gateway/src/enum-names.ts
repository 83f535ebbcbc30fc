/**
 * The names of enum values in the JSON of the API: `FAILED` for `RUN_STATE_FAILED`. In: proto3 JSON and its type. Out: the same JSON with
 * the other names. Free values keep what they hold, and text that names no value stays, so that a check can describe it.
 */

import type { DescEnum, DescField, DescMessage, JsonValue } from "@bufbuild/protobuf";

type Rename = (desc: DescEnum, name: string) => string;

/** For responses. */
export function withShortNames(desc: DescMessage, json: JsonValue): JsonValue {
  return inMessage(desc, json, shortName);
}

/** For requests, which may have either. */
export function withLongNames(desc: DescMessage, json: JsonValue): JsonValue {
  return inMessage(desc, json, longName);
}

export function shortName({ sharedPrefix = "" }: DescEnum, name: string): string {
  return name.slice(sharedPrefix.length);
}

/** The name in the proto file, for it or for the short name. */
export function longName(desc: DescEnum, name: string): string {
  return desc.values.find((value) => shortName(desc, value.name) === name)?.name ?? name;
}

/** Types with their own JSON form, instead of the form of their fields. */
export function isWellKnown(desc: DescMessage): boolean {
  return desc.typeName.startsWith("google.protobuf.");
}

function inMessage(desc: DescMessage, json: JsonValue, rename: Rename): JsonValue {
  if (!isObject(json) || isWellKnown(desc)) return json;
  const renamed = { ...json };
  for (const field of desc.fields) {
    for (const key of new Set([field.name, field.jsonName])) {
      const value = renamed[key];
      if (value !== undefined) renamed[key] = inField(field, value, rename);
    }
  }
  return renamed;
}

function inField(field: DescField, json: JsonValue, rename: Rename): JsonValue {
  if (field.fieldKind === "list" && Array.isArray(json)) return json.map((item) => inValue(field, item, rename));
  if (field.fieldKind !== "map" || !isObject(json)) return inValue(field, json, rename);
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, inValue(field, value, rename)]));
}

function inValue(field: DescField, json: JsonValue, rename: Rename): JsonValue {
  if (field.enum !== undefined) return typeof json === "string" ? rename(field.enum, json) : json;
  return field.message === undefined ? json : inMessage(field.message, json, rename);
}

function isObject(json: JsonValue): json is { [key: string]: JsonValue } {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
