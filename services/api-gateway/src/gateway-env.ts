import type { Caller } from "./caller.ts";

/** What ties the log lines and calls of one request together. */
export interface Trace {
  /** Given by the caller in `x-request-id`, or made here; echoed in the answer. */
  readonly requestId: string;
  /** 32 hex digits: the trace-id of `traceparent`. */
  readonly traceId: string;
  /** W3C Trace Context, passed on unchanged, or begun here. */
  readonly traceparent: string;
}

/** What hono's context holds in every route. */
export interface GatewayEnv {
  Variables: {
    trace: Trace;
    /** Known in every route below `/v1`; absent before that has been checked, and where nobody is asked. */
    caller?: Caller;
  };
}
