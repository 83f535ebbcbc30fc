import { isObject, type Json, toText } from "../state/json.ts";

/** An event as AWS sends it: texts, lists of texts, and objects of these. */
export type EventPart = string | readonly string[] | { readonly [name: string]: EventPart };

/**
 * Whether a pattern of EventBridge takes an event: each field of the pattern is a list, and one of its entries has to be
 * the event's value, or one of the event's values. An entry is a text, or `{ prefix = … }`.
 * @throws Error for any other entry, which is to be learnt here first
 */
export function takes(pattern: Json, event: EventPart | undefined): boolean {
  if (Array.isArray(pattern))
    return pattern.some((entry: Json) => valuesOf(event).some((value) => isMeant(entry, value)));
  if (!isObject(pattern)) throw new Error(`${toText(pattern)}: expected a list or an object`);
  const members = typeof event === "object" && !Array.isArray(event) ? (event as Record<string, EventPart>) : {};
  return Object.entries(pattern).every(([name, inner]) => takes(inner, members[name]));
}

function isMeant(entry: Json, value: string): boolean {
  if (typeof entry === "string") return entry === value;
  const prefix = isObject(entry) ? entry["prefix"] : undefined;
  if (prefix === undefined) throw new Error(`${toText(entry)} is not known here, only texts and { prefix = … }`);
  return value.startsWith(toText(prefix));
}

function valuesOf(event: EventPart | undefined): readonly string[] {
  if (typeof event === "string") return [event];
  return Array.isArray(event) ? (event as readonly string[]) : [];
}
