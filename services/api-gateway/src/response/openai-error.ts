import type { Problem, ProblemResponse } from "../problem.ts";

/** The body of every failure of the OpenAI-compatible API. */
export interface OpenAiError {
  readonly error: {
    readonly message: string;
    readonly type: string;
    /** The parameter that is wrong, such as `messages[0].content`. */
    readonly param: string | null;
    /** The reason of the problem document, in lower case. */
    readonly code: string | null;
  };
}

const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  409: "conflict_error",
  429: "rate_limit_error",
};

export function toOpenAiError({ status, detail, reason, errors }: Problem): OpenAiError {
  const type = TYPES[status] ?? (status >= 500 ? "server_error" : "invalid_request_error");
  const param = errors?.find(({ field }) => field !== "")?.field ?? null;
  return { error: { message: detail, type, param, code: reason?.toLowerCase() ?? null } };
}

/**
 * The failure as the whole response. `hasBegun`: a turn has been recorded, so that another request would be another turn.
 * OpenAI's clients repeat 409, 429 and every 5xx unless they are told not to.
 */
export function openAiErrorResponse({ problem, headers }: ProblemResponse, hasBegun = false): Response {
  const isFinal = hasBegun || problem.status === 409;
  return new Response(JSON.stringify(toOpenAiError(problem)), {
    status: problem.status,
    headers: { ...headers, "content-type": "application/json", ...(isFinal ? { "x-should-retry": "false" } : {}) },
  });
}
