/** What the calls of a server have in common. */

import type { Clock } from "@agent-team/foundation/clock";
import type { DeadlineEntry } from "@agent-team/grpc-client/for-servers";
import type { ConnectError } from "@connectrpc/connect";
import type { GrpcJsInterceptor, GrpcJsMetadataClass } from "./types.ts";

/** A method with its handler. */
export interface HandledMethod {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly handler: (call: unknown, callback?: unknown) => void;
  deserialize(bytes: Buffer): unknown;
  serialize(message: unknown): Uint8Array;
}

/** A call that has not ended. */
interface LiveCall {
  readonly path: string;
  readonly holdsDrain: boolean;
  readonly startedMs: number;
  readonly awaitsRequest: boolean;
  fail(error: ConnectError): void;
}

/** Counts the calls in flight. */
interface CallCounter {
  didStart(call: LiveCall): void;
  didEnd(call: LiveCall, end: { readonly path: string; readonly code: number; readonly durationMs: number }): void;
}

export interface CallEnvironment {
  readonly clock: Clock;
  readonly deadlines: { add(entry: DeadlineEntry): void; remove(entry: DeadlineEntry): void };
  readonly calls: CallCounter;
  readonly Metadata: GrpcJsMetadataClass;
  readonly maxSendMessageBytes: number;
  /** The first one stands next to the connection. */
  readonly interceptors: readonly GrpcJsInterceptor[];
  /** A fault of the program, of which the caller gets no more than a code. */
  onFault(path: string, what: string, error: unknown): void;
}
