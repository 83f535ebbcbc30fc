import type { JsonObject } from "@bufbuild/protobuf";
import { z } from "zod";
import { readHttpUrl } from "../http-url.ts";
import { NodeFailure } from "../node-failure.ts";
import { expressionIn } from "../template.ts";

// Fields that several kinds have in their configuration. `params.code` becomes the code of the validation issue.

/** A whole `{% … %}`. Validation checks the syntax of every expression in every configuration. */
export function expression(description: string): z.ZodString {
  return z
    .string()
    .describe(`${description} A JSONata expression "{% … %}" over { input, nodes, trigger }.`)
    .superRefine((text, context) => {
      if (expressionIn(text) !== undefined) return;
      context.addIssue({ code: "custom", message: "expected {% … %}", params: { code: "BAD_EXPRESSION" } });
    });
}

/** An http or https URL, or an expression that gives one. */
export function url(description: string): z.ZodString {
  return z
    .string()
    .describe(`${description} http or https, or a "{% … %}" that gives one.`)
    .superRefine((text, context) => {
      if (expressionIn(text) !== undefined) return;
      const read = readHttpUrl(text);
      if ("error" in read) context.addIssue({ code: "custom", message: read.error, params: { code: "BAD_URL" } });
    });
}

/** A text for a person or a model. */
export function text(description: string): z.ZodString {
  return z.string().min(1).describe(description);
}

/**
 * Checks a configuration again, now with the values of its expressions.
 *
 * @throws NodeFailure INVALID_CONFIGURATION
 */
export function checked<Schema extends z.ZodObject>(schema: Schema, values: JsonObject): z.output<Schema> {
  const read = schema.safeParse(values);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw new NodeFailure("INVALID_CONFIGURATION", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
}
