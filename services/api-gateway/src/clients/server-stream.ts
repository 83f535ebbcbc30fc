/**
 * One stream of a service, for one reader. It does what Connect's client does with a chain of generators, as one object: there may be
 * thousands of streams at once (decision 0054).
 */

import type { DescMessage, DescMethodServerStreaming, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError, type Transport } from "@connectrpc/connect";

/** Of one stream, whose reader never sees the headers and trailers of the response. */
export type StreamOptions = Omit<CallOptions, "onHeader" | "onTrailer">;

const DONE = { done: true, value: undefined } as const;

export class ServerStream<I extends DescMessage, O extends DescMessage>
  implements AsyncIterableIterator<MessageShape<O>, undefined>
{
  readonly #begin: () => Promise<AsyncIterable<MessageShape<O>>>;
  /** For a caller without a signal. */
  readonly #left: AbortController | undefined;
  #messages: AsyncIterator<MessageShape<O>, undefined> | undefined;
  #hasLeft = false;

  /** The call begins with the first read, and ends with the last message, with `return()`, or with the signal. */
  constructor(
    transport: Transport,
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    { signal, timeoutMs, headers, contextValues }: StreamOptions = {},
  ) {
    this.#left = signal === undefined ? new AbortController() : undefined;
    this.#begin = async () => {
      const ending = signal ?? this.#left?.signal;
      return (await transport.stream(method, ending, timeoutMs, headers, only(request), contextValues)).message;
    };
  }

  /** One at a time. A stream that could not begin has ended. @throws ConnectError the status of the call */
  next(): Promise<IteratorResult<MessageShape<O>, undefined>> {
    if (this.#hasLeft) return Promise.resolve(DONE);
    return this.#messages?.next() ?? this.#first();
  }

  /**
   * Cancels the call at once, also while a message is awaited. A call with the caller's signal whose response has not begun is cancelled when it
   * begins, or by the signal.
   */
  return(): Promise<IteratorResult<MessageShape<O>, undefined>> {
    if (!this.#hasLeft) {
      this.#hasLeft = true;
      leave(this.#messages);
      this.#left?.abort(new ConnectError("the caller stopped reading", Code.Canceled));
    }
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #first(): Promise<IteratorResult<MessageShape<O>, undefined>> {
    const messages = (await this.#begin().catch((error) => this.#fail(error)))[Symbol.asyncIterator]();
    this.#messages = messages;
    if (!this.#hasLeft) return messages.next();
    leave(messages);
    return DONE;
  }

  #fail(error: unknown): never {
    this.#hasLeft = true;
    throw error;
  }
}

async function* only<T>(message: T): AsyncGenerator<T, void> {
  yield message;
}

/** An iterator that fails to return has ended. */
function leave(messages: AsyncIterator<unknown> | undefined): void {
  messages?.return?.().catch(() => {});
}
