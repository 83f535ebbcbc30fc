/**
 * The requests of a call that wait for its handler. In: messages as they come, and their end. Out: the messages, one after the other.
 * Above the high-water mark the client is held back, so that a slow handler costs a bounded number of bytes.
 */

import type { ConnectError } from "@connectrpc/connect";

/** Bytes of messages that wait before their stream is paused. The window of HTTP/2 admits more, which waits there. */
const HIGH_WATER_BYTES = 65_536;

/** What a message costs besides its bytes: a view, and its place. Without it a client could send any number of empty ones. */
const MESSAGE_OVERHEAD_BYTES = 128;

/** What the queue holds back. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

type Next = IteratorResult<Uint8Array, undefined>;

const DONE: Next = { done: true, value: undefined };

export class RequestQueue implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #stream: Pausable;
  readonly #joins: boolean;
  readonly #messages: Uint8Array[] = [];
  #bytes = 0;
  #isPaused = false;
  #isEnded = false;
  #failure: ConnectError | undefined;
  #waiting: { readonly resolve: (next: Next) => void; readonly reject: (error: ConnectError) => void } | undefined;

  /** `joins`: the parts are no messages but pieces of one body, and those that wait are taken as one. Default false. */
  constructor(stream: Pausable, { joins = false }: { readonly joins?: boolean } = {}) {
    this.#stream = stream;
    this.#joins = joins;
  }

  push(message: Uint8Array): void {
    if (this.#waiting !== undefined) return this.#settle({ done: false, value: message });
    this.#messages.push(message);
    this.#bytes += message.length + MESSAGE_OVERHEAD_BYTES;
    if (this.#bytes < HIGH_WATER_BYTES || this.#isPaused) return;
    this.#isPaused = true;
    this.#stream.pause();
  }

  end(): void {
    this.#isEnded = true;
    if (this.#waiting !== undefined) this.#settle(DONE);
  }

  /** The call has ended early: the handler gets the reason in place of further messages. */
  fail(error: ConnectError): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    this.#failure = error;
    this.#messages.length = 0;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(error);
  }

  next(): Promise<Next> {
    const message = this.#messages.shift();
    if (message !== undefined) return Promise.resolve({ done: false, value: this.#take(message) });
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#isEnded) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /** A handler may stop reading and still answer. What comes then waits, and its client with it, until the call has ended. */
  return(): Promise<Next> {
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(message: Uint8Array): Uint8Array {
    this.#bytes -= message.length + MESSAGE_OVERHEAD_BYTES;
    const taken = this.#joins && this.#messages.length > 0 ? this.#joined(message) : message;
    if (this.#isPaused && this.#bytes < HIGH_WATER_BYTES) {
      this.#isPaused = false;
      this.#stream.resume();
    }
    return taken;
  }

  #joined(first: Uint8Array): Uint8Array {
    const rest = this.#messages.splice(0);
    for (const { length } of rest) this.#bytes -= length + MESSAGE_OVERHEAD_BYTES;
    return Buffer.concat([first, ...rest]);
  }

  #settle(next: Next): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(next);
  }
}
