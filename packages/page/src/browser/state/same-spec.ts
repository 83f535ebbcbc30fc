import type { WorkflowSpec } from "../api/types.ts";

/** Whether two specs say the same, whatever fields of theirs are empty or left out. */
export function isSameSpec(a: WorkflowSpec, b: WorkflowSpec): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (isRecord(each) ? sorted(each) : each));
}

/** A field that is empty is one that was left out: proto3 JSON makes no difference. */
function sorted(record: Readonly<Record<string, unknown>>): object {
  const fields = Object.entries(record).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(fields.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
