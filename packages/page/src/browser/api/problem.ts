/** A response of the gateway that is no success: a problem document (RFC 9457), or what could be read of it. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  /** `API_KEY_UNKNOWN`, `VERSION_CONFLICT`; empty when the response names none. */
  readonly reason: string;
  /** From Retry-After; undefined without one. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, detail: string, reason: string, retryAfterMs: number | undefined) {
    super(detail);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }

  /** The same request may succeed in a moment. A 429 that names no moment is a quota, or a store without room. */
  get isPassing(): boolean {
    return this.status === 429 ? this.retryAfterMs !== undefined : this.status >= 502;
  }
}

interface ProblemJson {
  readonly detail?: unknown;
  readonly reason?: unknown;
  readonly errors?: readonly { readonly field?: string; readonly description?: string }[];
}

export async function toProblem(response: Response): Promise<ProblemError> {
  const { detail, reason, errors = [] } = (await readJson(response)) as ProblemJson;
  const said = typeof detail === "string" ? detail : `the gateway answered with status ${response.status}`;
  const fields = errors
    .map(({ field, description }) => `${field}: ${description}`)
    .filter((line) => !said.includes(line));
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new ProblemError(
    response.status,
    [said, ...fields].join("\n"),
    typeof reason === "string" ? reason : "",
    Number.isNaN(seconds) ? undefined : seconds * 1_000,
  );
}

/** What people read of any failure. */
export function messageOf(error: unknown): string {
  if (error instanceof ProblemError) return error.message;
  if (error instanceof TypeError) return "the gateway cannot be reached";
  return error instanceof Error ? error.message : String(error);
}

async function readJson(response: Response): Promise<object> {
  try {
    return (await response.json()) as object;
  } catch {
    return {}; // a proxy's own page, for instance
  }
}
