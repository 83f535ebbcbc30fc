import type { z } from "zod";
import { ConfigError } from "../config-error.ts";
import type { Environment } from "../environment.ts";
import { redactValue } from "./redact.ts";

/**
 * Reads a program's variables. White space around a value is ignored, an empty value counts as not set, and a variable
 * that the schema does not have is ignored.
 *
 * @throws ConfigError with a line for each wrong variable:
 *   `GRPC_PORT=abc: expected a port, an integer from 1 to 65535 (0 picks a free one)`.
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env: Environment): z.output<Schema> {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim() ?? ""] as const);
  const set = Object.fromEntries(trimmed.filter(([, value]) => value !== ""));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describe(issue, set)));
}

function describe(issue: z.core.$ZodIssue, set: Environment): string {
  const name = issue.path[0];
  if (name === undefined) return issue.message;
  const value = set[String(name)];
  if (value === undefined) return `${String(name)} is not set: ${issue.message}`;
  return `${String(name)}=${redactValue(String(name), value)}: ${issue.message}`;
}
