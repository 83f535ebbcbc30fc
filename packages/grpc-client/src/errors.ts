/** The one error class of the channel. A message starts with the code, and says what failed and why. */

import type { Metadata } from "./metadata.ts";
import { Status, type StatusCode, statusName } from "./status.ts";

/** Instances are recognised by this brand, not by `instanceof`: one process may hold two copies of the package. */
const BRAND = "@agent-team/grpc-client";

/** Longest text of a refused value that an error repeats. */
const MAX_SHOWN = 80;

export interface ChannelErrorOptions {
  readonly cause?: unknown;
  /** Trailers (or the headers of a trailers-only answer) that came with the status. */
  readonly metadata?: Metadata | undefined;
  /** See the property. Default false. */
  readonly maybeProcessed?: boolean | undefined;
}

/** The error of a call or of a channel: a gRPC status code, a message, and the cause. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
  readonly brand: typeof BRAND = BRAND;
  readonly code: StatusCode;
  /** The message without the code in front. */
  readonly rawMessage: string;
  readonly metadata: Metadata | undefined;
  /** The server may have acted on the call although no final status arrived. Callers of non-idempotent methods look here. */
  readonly maybeProcessed: boolean;

  constructor(code: StatusCode, message: string, options?: ChannelErrorOptions) {
    super(`[${statusName(code)}] ${message}`, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.rawMessage = message;
    this.metadata = options?.metadata;
    this.maybeProcessed = options?.maybeProcessed ?? false;
  }

  /** Makes a ChannelError of any thrown value. A ChannelError stays itself; an abort is `cancelled`, every other value `unknown`. */
  static from(thrown: unknown): ChannelError {
    if (isChannelError(thrown)) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const aborted = thrown instanceof Error && thrown.name === "AbortError";
    return new ChannelError(aborted ? Status.cancelled : Status.unknown, message, { cause: thrown });
  }
}

/** Whether the value is a `ChannelError`, of this copy of the package or of another one. */
export function isChannelError(value: unknown): value is ChannelError {
  return value instanceof Error && value.name === "ChannelError" && "brand" in value && value.brand === BRAND;
}

/** The error for an invalid value: its name, the expected value, and the given one. `got` must hold no secret. */
export function invalidArgument(name: string, expected: string, got: unknown): ChannelError {
  return new ChannelError(Status.invalidArgument, `${name}: expected ${expected}, got ${describe(got)}`);
}

/** Text in quotes with its control characters escaped, an object by its kind. */
function describe(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length <= MAX_SHOWN ? value : `${value.slice(0, MAX_SHOWN)}…`);
  return value !== null && typeof value === "object" ? Object.prototype.toString.call(value) : String(value);
}
