/** The sending side of a stream for Connect. In: the caller's messages. Out: bytes for the call, as fast as it takes them. */

import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { ClientCall } from "../client-call.ts";
import { toConnectError } from "./connect-error.ts";
import { encodeMessage } from "./message-encoder.ts";

/** What the sending side asks of the receiving one. */
export interface SendingSink {
  readonly ended: boolean;
  /** Resolves when the call takes messages again, or has ended. */
  drained(): Promise<void>;
  /** The caller's own input failed: the call ends with that error. */
  fail(error: unknown): void;
}

/** Sends all of `input`, or its first message only (`single`). Never rejects: what goes wrong ends the call. */
export async function sendAll<I extends DescMessage>(
  call: ClientCall,
  sink: SendingSink,
  desc: I,
  single: boolean,
  input: InputReader<MessageInitShape<I>>,
): Promise<void> {
  // With one message the request leaves whole; otherwise the call starts now, since the server may speak first.
  if (!single) call.start();
  try {
    for (let next = await input.next(); next.done !== true && !sink.ended; next = await input.next()) {
      const hasRoom = call.send(encodeMessage(desc, next.value), single);
      if (single) break;
      if (!hasRoom) await sink.drained();
      if (sink.ended) return;
    }
    if (single) {
      input.leave();
      call.start();
    }
    call.halfClose();
  } catch (error) {
    sink.fail(toConnectError(error));
  }
}

/**
 * Reads a caller's messages as `for await` does, and can leave them while a message is awaited: the end of the call then
 * reaches the caller's `return()`, which may hold a file or a subscription. It is called at most once, and not after the
 * input has ended by itself.
 */
export class InputReader<T> {
  readonly #messages: AsyncIterator<T>;
  readonly #listener: { didSend(message: T): void } | undefined;
  #hasEnded = false;

  /** `listener` receives each message. */
  constructor(input: AsyncIterable<T>, listener?: { didSend(message: T): void }) {
    this.#listener = listener;
    this.#messages = input[Symbol.asyncIterator]();
  }

  async next(): Promise<IteratorResult<T>> {
    try {
      const next = await this.#messages.next();
      if (next.done === true) this.#hasEnded = true;
      else this.#listener?.didSend(next.value);
      return next;
    } catch (error) {
      this.#hasEnded = true;
      throw error;
    }
  }

  /** Reads no more. */
  leave(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    void this.#return();
  }

  async #return(): Promise<void> {
    try {
      await this.#messages.return?.();
    } catch {
      // The call has its end already: an input that cannot be closed has no effect on it.
    }
  }
}
