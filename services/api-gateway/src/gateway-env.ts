import type { Caller } from "./caller.ts";
import type { StreamedBody } from "./streamed-body.ts";

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
  /** The address of the other end: a client, or the proxy next to us. Empty when the connection has ended. */
  readonly peerAddress: string;
  /**
   * Makes this the body of the response, whose own is null. It is written behind the response's head, and left when the response is
   * another one than 200. `filler` is written whenever nothing was sent for 15 s, so that no proxy closes a silent connection. A
   * `Response` with a stream would hold three times the memory while it lasts.
   */
  stream(body: StreamedBody, filler: string): void;
  /** Calls `listener` once: when the response has been sent, when the connection is closed before, or now, if that was so already. */
  onClose(listener: () => void): void;
  /** Resets the connection now. What was written and not sent is lost. */
  reset(): void;
}

/** The variables of hono's context. */
export interface GatewayEnv {
  Bindings: ConnectionControl;
  Variables: {
    trace: Trace;
    /** Set in every route below `/v1`; absent elsewhere, and before authentication. */
    caller?: Caller;
    /** Of a reader that a ticket has admitted: it goes behind the ids of its events. */
    readerProof?: string;
  };
}
