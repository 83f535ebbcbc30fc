import { ModelError, type ModelFault } from "../model.ts";

/** The fields of the SDKs' errors that count. Both have the same ones, and neither SDK is loaded without its key. */
interface SdkError {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  /** OpenAI: the content of `error`. Anthropic: the whole body, with `error` in it. */
  readonly error?: unknown;
}

/** The schema is named by `param` or in the message, by one of its three names. */
const ABOUT_SCHEMA = /response_format|text\.format|output_config|output_format|json_schema|schema|structured output/i;

/** A 404 is about the model, or about the path. */
const ABOUT_MODEL = /\bmodel\b/i;

const BY_TYPE: Readonly<Record<string, ModelFault>> = {
  authentication_error: "key-refused",
  invalid_api_key: "key-refused",
  permission_error: "key-refused",
  insufficient_quota: "quota-exhausted",
  billing_error: "quota-exhausted",
  rate_limit_error: "rate-limited",
  rate_limit_exceeded: "rate-limited",
  overloaded_error: "overloaded",
  api_error: "overloaded",
  server_error: "overloaded",
  timeout_error: "overloaded",
};

/**
 * The ModelError for an error of an SDK. Providers report the same faults by status and within a stream, by type.
 * `hasStarted`: the response had begun, so that a broken connection has cut it.
 */
export function toModelError(error: unknown, hasStarted: boolean): ModelError {
  if (error instanceof ModelError) return error;
  if (error instanceof SyntaxError) return new ModelError("garbage");
  const { status, headers, error: body } = error as SdkError;
  const details = detailsOf(body);
  if (status === undefined && details.types.length === 0) return new ModelError(hasStarted ? "cut" : "unreachable");
  return new ModelError(faultOf(status, details), { status, retryAfterMs: retryAfterOf(headers) });
}

/** For a failure that a stream reports as an event. */
export function faultOfType(type: string): ModelFault {
  return BY_TYPE[type] ?? "overloaded";
}

interface ErrorDetails {
  readonly types: readonly string[];
  readonly text: string;
}

function detailsOf(body: unknown): ErrorDetails {
  if (body === null || typeof body !== "object") return { types: [], text: "" };
  const { error, type, code, message, param } = body as Readonly<Record<string, unknown>>;
  if (error !== null && typeof error === "object") return detailsOf(error);
  const text = [param, message].filter((part) => typeof part === "string").join(" ");
  return { types: [code, type].filter((part) => typeof part === "string"), text };
}

function faultOf(status: number | undefined, { types, text }: ErrorDetails): ModelFault {
  const byType = types.map((type) => BY_TYPE[type]).find((fault) => fault !== undefined);
  if (status === undefined) return byType ?? "overloaded";
  if (status === 401 || status === 403) return "key-refused";
  if (status === 429) return byType === "quota-exhausted" ? byType : "rate-limited";
  if (status === 408 || status === 409 || status >= 500) return "overloaded";
  if (byType === "quota-exhausted") return byType;
  if (status === 400 || status === 422) return ABOUT_SCHEMA.test(text) ? "schema-refused" : "request-refused";
  return status === 404 && !ABOUT_MODEL.test(text) ? "api-unknown" : "request-refused";
}

/** `Retry-After` in seconds. Its other form, a date, would need the provider's clock: it counts as absent. */
function retryAfterOf(headers: Headers | undefined): number | undefined {
  const seconds = Number(headers?.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
