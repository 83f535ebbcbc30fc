import type { Caller } from "./caller.ts";

/** Ties together the log lines and the calls of one request. */
export interface Trace {
  /** The caller's `x-request-id`, or a new one; the response repeats it. */
  readonly requestId: string;
  /** The trace-id of `traceparent`, 32 hex digits. */
  readonly traceId: string;
  /** W3C Trace Context: the caller's, unchanged, or a new one. */
  readonly traceparent: string;
}

/** The connection of a request, as far as a response may act on it. */
export interface ConnectionControl {
  /**
   * Resets the connection behind what was sent, so that the client knows that something is missing. A body that fails would not do
   * that: the server writes the error behind what was sent, and ends the response.
   */
  breakOff(): void;
}

/** The variables of hono's context. */
export interface GatewayEnv {
  Bindings: ConnectionControl;
  Variables: {
    trace: Trace;
    /** Set in every route below `/v1`; absent elsewhere, and before authentication. */
    caller?: Caller;
  };
}
