/**
 * What a call has sent, kept for its next attempt. In: messages, in their order. Out: the same messages, for an attempt that
 * begins. It is given up when the caller has received something, or when the call has sent more than 1 MiB.
 */

import type { Attempt } from "./attempt.ts";

/** Request bytes that are kept for a retry; a call that sends more before the first answer is not repeated. */
const MAX_BYTES = 1 << 20;

/** Of a call that has sent nothing. An array that grows from nothing reserves room for 17 messages, and most calls send one. */
const NONE: Uint8Array[] = [];

export class Replay {
  /** Undefined once it has been given up. */
  #messages: Uint8Array[] | undefined = NONE;
  #bytes = 0;

  /** Whether it holds everything that was sent, so that another attempt can be made. */
  get isWhole(): boolean {
    return this.#messages !== undefined;
  }

  /** Bytes of the messages that it has been given. */
  get bytes(): number {
    return this.#bytes;
  }

  get hasRoom(): boolean {
    return this.#bytes < MAX_BYTES;
  }

  /** `isNeeded`: no attempt has the message yet, so that it is kept however large it is. */
  keep(message: Uint8Array, isNeeded: boolean): void {
    if (this.#messages === undefined) return;
    this.#bytes += message.length;
    if (this.#bytes > MAX_BYTES && !isNeeded && this.#messages.length > 0) this.#messages = undefined;
    else if (this.#messages === NONE) this.#messages = [message];
    else this.#messages.push(message);
  }

  giveUp(): void {
    this.#messages = undefined;
  }

  /** Sends everything to an attempt that has begun; `ends`: nothing follows it. False: the attempt has no room for more. */
  sendTo(attempt: Attempt, ends: boolean): boolean {
    const messages = this.#messages ?? [];
    const last = messages.length - 1;
    let hasRoom = true;
    messages.forEach((message, i) => {
      hasRoom = attempt.send(message, ends && i === last) ?? true;
    });
    if (ends && last < 0) attempt.stream?.halfClose();
    return hasRoom;
  }
}
