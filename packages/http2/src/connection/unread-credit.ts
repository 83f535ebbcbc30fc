/**
 * When bytes of streams count as consumed for the connection's window. In: bytes that came, and whether their listener has got them.
 * Out: bytes to announce.
 *
 * A listener that does not read holds its own stream back, by the stream's window. It must not hold back the other streams of the
 * connection, so that bytes which wait for it count as consumed for the connection, until very many wait: memory is bounded, too.
 * grpc-go does the first: "An update on connection's flow control should not depend on whether user application has read the data or
 * not."
 */

/** Sixteen streams with a full window of the first size. */
const MAX_UNREAD_BYTES = 16 << 20;

export class UnreadCredit {
  #unread = 0;
  /** Bytes above the limit, which are not announced. */
  #held = 0;

  /** `bytes` have come, and `unread` of them wait for their listener. */
  didReceive(bytes: number, unread: number): number {
    if (unread === 0) return bytes;
    return this.#settle(bytes, unread);
  }

  /** A listener has got bytes that waited. */
  didRead(bytes: number): number {
    return this.#settle(0, -bytes);
  }

  #settle(received: number, unread: number): number {
    const heldBefore = this.#held;
    this.#unread += unread;
    this.#held = Math.max(0, this.#unread - MAX_UNREAD_BYTES);
    return received + heldBefore - this.#held;
  }
}
