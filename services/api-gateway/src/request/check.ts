import type { z } from "zod";
import { invalidFields, type Violation } from "../request-error.ts";

/** The most unknown fields that a response lists. */
const MAX_UNKNOWN = 20;

/**
 * Checks parameters and small bodies with a zod schema.
 * @throws RequestError 400 that lists every wrong field
 */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFields(result.error.issues.flatMap(toViolations));
}

function toViolations(issue: z.core.$ZodIssue): readonly Violation[] {
  const path = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") return [{ field: path.join("."), description: issue.message }];
  return issue.keys
    .slice(0, MAX_UNKNOWN)
    .map((key) => ({ field: [...path, key].join("."), description: "unknown field" }));
}
