/**
 * Streams that go on after their server is lost. A method's trait says where a response stands in the stream, and how a request asks
 * for what follows. In: the request, and each response. Out: the request of the next attempt. Cursors are never compared.
 */

import type {
  DescMessage,
  DescMethod,
  DescMethodServerStreaming,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import type { CallOptions } from "../client-call.ts";
import { decode, methodOf } from "./connect-codec.ts";
import { encodeMessage } from "./message-encoder.ts";

/** How the calls of one method with a stream of responses are resumed. */
export interface ResumeTrait<I extends DescMessage, O extends DescMessage, Cursor> {
  /**
   * The position of a response. Undefined for a response without one, such as a heartbeat: the one before it stays. While no response
   * has had a position, a stream of an idempotent method goes on with its first request.
   */
  cursor(response: MessageShape<O>): Cursor | undefined;
  /** The request whose answer begins after the response with this cursor. */
  withCursor(request: MessageInitShape<I>, cursor: Cursor): MessageInitShape<I>;
  /** Whether the response is the last one, so that nothing is missing after it. */
  isTerminal(response: MessageShape<O>): boolean;
}

/** A method with its trait, for `ConnectTransportOptions.resumable`. Made by `resumable`. */
export interface ResumableMethod {
  readonly method: DescMethod;
  /** For one call. */
  begin(): Resumption;
}

/** One call of such a method. */
export interface Resumption {
  didSend(request: unknown): void;
  didReceive(response: Uint8Array): void;
  readonly resume: NonNullable<CallOptions["resume"]>;
}

/** Says how a method's streams are resumed. */
export function resumable<I extends DescMessage, O extends DescMessage, Cursor>(
  method: DescMethodServerStreaming<I, O>,
  trait: ResumeTrait<I, O, Cursor>,
): ResumableMethod {
  return { method, begin: () => new CursorResumption(method, trait) };
}

class CursorResumption<I extends DescMessage, O extends DescMessage, Cursor> implements Resumption {
  readonly #method: DescMethodServerStreaming<I, O>;
  readonly #trait: ResumeTrait<I, O, Cursor>;
  #request: MessageInitShape<I> | undefined;
  #cursor: Cursor | undefined;
  #hasEnded = false;

  constructor(method: DescMethodServerStreaming<I, O>, trait: ResumeTrait<I, O, Cursor>) {
    this.#method = method;
    this.#trait = trait;
  }

  didSend(request: unknown): void {
    this.#request = request as MessageInitShape<I>;
  }

  didReceive(bytes: Uint8Array): void {
    const response = decode(this.#method.output, bytes);
    this.#cursor = this.#trait.cursor(response) ?? this.#cursor;
    this.#hasEnded = this.#trait.isTerminal(response);
  }

  readonly resume = (): Uint8Array | "ended" | undefined => {
    if (this.#hasEnded) return "ended";
    if (this.#request === undefined) return undefined;
    if (this.#cursor !== undefined)
      return encodeMessage(this.#method.input, this.#trait.withCursor(this.#request, this.#cursor));
    // The caller has heartbeats alone: nothing of the stream would come twice.
    return methodOf(this.#method).idempotent ? encodeMessage(this.#method.input, this.#request) : undefined;
  };
}
