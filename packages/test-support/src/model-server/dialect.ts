/** What a provider's streaming API says, as server-sent events. One implementation per API. */
export interface Dialect {
  readonly path: string;
  /** Before the first text. */
  opening(usage: ModelServerUsage): readonly SentEvent[];
  text(text: string): SentEvent;
  /** Keeps the connection alive and says nothing. */
  ping(): SentEvent;
  /** A failure after status 200. */
  error(type: string): SentEvent;
  /** The terminal events of a whole answer, or of one that reached its token limit. */
  ending(text: string, usage: ModelServerUsage, reason: "complete" | "truncated"): readonly SentEvent[];
  /** Body of an answer with an error status. */
  errorBody(type: string, message: string): unknown;
}

export interface ModelServerUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** `data` is sent as JSON, a string as it is. */
export interface SentEvent {
  readonly event?: string;
  readonly data: unknown;
}
