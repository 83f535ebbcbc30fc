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

/** The variables of hono's context. */
export interface GatewayEnv {
  Variables: {
    trace: Trace;
    /** Set in every route below `/v1`; absent elsewhere, and before authentication. */
    caller?: Caller;
  };
}
