/** JSON as a state holds it. */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The empty text for a value that is not set. */
export function toText(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A list as it is, a single value as a list of one, and an empty list for a value that is not set. */
export function listOf(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Every text in a value, with the names that lead to it: `.container_definitions.environment.value`. */
export function textsIn(value: Json, path = ""): readonly { readonly path: string; readonly text: string }[] {
  if (Array.isArray(value)) return value.flatMap((each: Json) => textsIn(each, path));
  if (isObject(value)) return Object.entries(value).flatMap(([name, each]) => textsIn(each, `${path}.${name}`));
  return [{ path, text: toText(value) }];
}

/** The same value, with each text replaced. */
export function mapTexts(value: Json, change: (text: string) => Json): Json {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((each: Json) => mapTexts(each, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, change)]));
}
