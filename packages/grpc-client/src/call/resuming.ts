import type { CallOptions } from "../client-call.ts";

/** How far a stream that can go on has come: the last message that its caller has, and attempts that brought none since. */
export class Resuming {
  readonly #nextRequest: NonNullable<CallOptions["resume"]>;
  #last: Uint8Array | undefined;
  /** Attempts in a row without a message, since the first message. */
  stalled = 0;

  constructor(nextRequest: NonNullable<CallOptions["resume"]>) {
    this.#nextRequest = nextRequest;
  }

  /** Before the first message a stream is repeated like any other call. */
  get hasBegun(): boolean {
    return this.#last !== undefined;
  }

  didReceive(message: Uint8Array): void {
    this.#last = message;
    this.stalled = -1;
  }

  /** An attempt has ended. Returns the request that goes on after the last message. Throws what the caller's function throws. */
  didBreak(): Uint8Array | "ended" | undefined {
    this.stalled++;
    return this.#last === undefined ? undefined : this.#nextRequest(this.#last);
  }
}
