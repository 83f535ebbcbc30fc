import type { JsonSchema } from "./operation.ts";

const text = (description: string): JsonSchema => ({ type: "string", description });

/** The schema of the type `Problem` of problem.ts. */
export const PROBLEM_SCHEMA: JsonSchema = {
  type: "object",
  description: "A problem document (RFC 9457).",
  required: ["type", "title", "status", "detail", "code", "trace_id"],
  properties: {
    type: { type: "string", const: "about:blank" },
    title: text("the reason phrase of the status"),
    status: { type: "integer" },
    detail: text("for people"),
    code: text("a status code of gRPC, such as NOT_FOUND"),
    reason: text("the cause, for programs, such as TURN_ACTIVE"),
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "description"],
        properties: {
          field: text("the path of a wrong field"),
          description: text("for people"),
          reason: text("for programs"),
        },
      },
    },
    turn_id: text("the turn that stands in the way, or that the request has begun"),
    trace_id: text("finds the request in the logs of every service that it reached"),
  },
};
