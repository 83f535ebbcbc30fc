import type { Transport } from "@connectrpc/connect";

export interface TimeLimits {
  /** A unary call, in ms, with the wait for an endpoint and every retry. */
  readonly unaryMs: number;
  /** A stream, in ms, from the request to its last message. */
  readonly streamMs: number;
}

/** A transport that gives a time limit to each call that has none. */
export function withTimeLimits(transport: Transport, { unaryMs, streamMs }: TimeLimits): Transport {
  return {
    unary: (method, signal, timeoutMs = unaryMs, ...rest) => transport.unary(method, signal, timeoutMs, ...rest),
    stream: (method, signal, timeoutMs = streamMs, ...rest) => transport.stream(method, signal, timeoutMs, ...rest),
  };
}
