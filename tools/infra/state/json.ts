/** JSON as a state holds it. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Nothing is the empty text. */
export function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A list; a single value is a list of one, and nothing an empty one. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** The blocks of a resource by that name, or the objects of a list. */
export function blocksIn(values: Json | undefined, name: string): readonly JsonObject[] {
  return isObject(values) ? listOf(values[name]).filter((each) => isObject(each)) : [];
}

/** Every text in a value, with the names that lead to it: `.container_definitions.environment.value`. */
export function textsIn(value: Json, path = ""): readonly { readonly path: string; readonly text: string }[] {
  if (Array.isArray(value)) return value.flatMap((each: Json) => textsIn(each, path));
  if (isObject(value)) return Object.entries(value).flatMap(([name, each]) => textsIn(each, `${path}.${name}`));
  return [{ path, text: toText(value) }];
}

/** The same value with another text in the place of each. */
export function mapTexts(value: Json, change: (text: string) => Json): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each: Json) => mapTexts(each, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, change)]));
}
