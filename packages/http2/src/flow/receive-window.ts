/**
 * What the peer may send, on one stream or on the connection. In: bytes that came, and bytes that were consumed. Out: how much to
 * announce by WINDOW_UPDATE. A byte is announced once it has been consumed, and not before half of the window has been: one update
 * for many frames, and at full speed still one round trip ahead.
 *
 *   ├──────── available ────────┼──── not consumed ────┼── consumed, not announced ──┤ = windowBytes
 */

export class ReceiveWindow {
  #windowBytes: number;
  /** What the peer may still send. */
  #available: number;
  #consumed = 0;

  constructor(windowBytes: number) {
    this.#windowBytes = windowBytes;
    this.#available = windowBytes;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** False: the peer has sent more than it may. RFC 9113 6.9.1: FLOW_CONTROL_ERROR. */
  didReceive(bytes: number): boolean {
    this.#available -= bytes;
    return this.#available >= 0;
  }

  /** Returns the bytes to announce now; 0 for none. */
  didConsume(bytes: number): number {
    this.#consumed += bytes;
    if (this.#consumed * 2 < this.#windowBytes) return 0;
    const update = this.#consumed;
    this.#consumed = 0;
    this.#available += update;
    return update;
  }

  /** A larger window, from now on. Returns how much larger: it is announced at once, by WINDOW_UPDATE or by SETTINGS. */
  growTo(windowBytes: number): number {
    const more = windowBytes - this.#windowBytes;
    this.#windowBytes = windowBytes;
    this.#available += more;
    return more;
  }
}
