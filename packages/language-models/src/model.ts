/**
 * A language model of one provider. A prompt comes in, and one generation goes out as it arrives. It never retries, sets no
 * timer, and runs nothing of what it receives: that text is data.
 */
export interface Model {
  /** Provider and model, for instance "openai/gpt-5.4-mini". */
  readonly name: string;
  /**
   * The last event is `end`. An aborted signal closes the connection.
   * @throws ModelError if the provider refuses, fails, or ends without saying that the answer is whole
   */
  generate(prompt: Prompt, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export interface Prompt {
  /** The rules. */
  readonly system: string;
  /** The conversation, oldest first; the first and the last message are the person's. */
  readonly messages: readonly PromptMessage[];
  /**
   * JSON Schema of the answer, in the subset that every provider accepts: each object names all its properties, all of them
   * required. Absent: the prompt alone says what is expected.
   */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  /** Most tokens of the answer. Default 16,000; a higher number counts as 16,000. */
  readonly maxOutputTokens?: number | undefined;
}

export interface PromptMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

export type ModelEvent =
  /** The provider has accepted the request: from here on it costs. */
  | { readonly kind: "started" }
  | { readonly kind: "text"; readonly text: string }
  /** The model thinks: a sign of life that is not shown. Keep-alives are no event. */
  | { readonly kind: "thinking" }
  | { readonly kind: "usage"; readonly inputTokens: number; readonly outputTokens: number }
  | { readonly kind: "end"; readonly reason: EndReason };

/**
 * - `complete`: the provider says that the answer is whole;
 * - `unmarked`: the stream ended properly without saying so, as some servers of the Chat Completions API do;
 * - `truncated`: the answer reached its token limit;
 * - `declined`: the model or its provider will not answer.
 */
export type EndReason = "complete" | "unmarked" | "truncated" | "declined";

/**
 * - `key-refused`: the key is wrong, or has no access;
 * - `quota-exhausted`: the account has nothing left, which waiting does not change;
 * - `rate-limited`, `overloaded`, `unreachable`: may work in a moment;
 * - `schema-refused`: this model or server does not take the schema of the answer;
 * - `api-unknown`: the server does not know the path;
 * - `request-refused`: any other refusal;
 * - `stalled`, `cut`, `garbage`: the stream stopped, ended too early, or is not what the API promises;
 * - `truncated`: the answer reached its token limit, so that it cannot be used.
 */
export type ModelFault =
  | "key-refused"
  | "quota-exhausted"
  | "rate-limited"
  | "overloaded"
  | "unreachable"
  | "schema-refused"
  | "api-unknown"
  | "request-refused"
  | "stalled"
  | "cut"
  | "garbage"
  | "truncated";

/** The cost of one request, or of several. */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Generations that were started. */
  readonly modelCalls: number;
}

export const NO_USAGE: ModelUsage = { inputTokens: 0, outputTokens: 0, modelCalls: 0 };

export interface ModelErrorDetails {
  /** HTTP status; absent for a failure within a stream and for a broken connection. */
  readonly status?: number | undefined;
  /** What the provider asks to wait. */
  readonly retryAfterMs?: number | undefined;
}

/** Has neither the provider's message nor the cause: both may repeat a part of the key or of the conversation. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
  readonly fault: ModelFault;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(fault: ModelFault, { status, retryAfterMs }: ModelErrorDetails = {}) {
    super(status === undefined ? fault : `${fault} (HTTP ${status})`);
    this.fault = fault;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}
