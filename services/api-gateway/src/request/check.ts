import type { z } from "zod";
import { invalidFields, type Violation } from "../request-error.ts";

/**
 * Checks parameters and small bodies with a zod schema.
 * @throws RequestError 400 that lists every field that is wrong
 */
export function check<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalidFields(result.error.issues.flatMap(toViolations));
}

function toViolations(issue: z.core.$ZodIssue): readonly Violation[] {
  const path = issue.path.map(String);
  if (issue.code === "unrecognized_keys") {
    return issue.keys
      .slice(0, maxUnknown)
      .map((key) => ({ field: [...path, key].join("."), description: "unknown field" }));
  }
  return [{ field: path.join("."), description: issue.message }];
}

/** As many unknown fields as an answer lists: a person mends the first few and tries again. */
const maxUnknown = 20;
