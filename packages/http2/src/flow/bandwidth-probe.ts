/**
 * Measures the bandwidth-delay product of a connection, so that windows are as large as the network needs. In: bytes that came, and
 * acknowledgements of its PINGs. Out: when to send one, and a larger window.
 *
 *             half a window has come          the PING's ack: bytes of one round trip
 *   counting ────────────────────────► probing ──────────────────────────────────────► counting
 *
 * Everything that comes between a PING and its ack was under way in one round trip. If that is most of the window, then the window
 * was the limit, and it doubles. It never shrinks: a window costs nothing until the peer fills it.
 */

/** The part of the window that has to come in one round trip. grpc-go: two thirds of the estimate. */
const FULL_RATIO = 2 / 3;

/**
 * After a probe that changed nothing the next one waits for twice the bytes, up to this many windows: a steady connection has nothing
 * to learn, and servers of C-core and grpc-go count PINGs.
 */
const MAX_WINDOWS_BETWEEN = 32;

export class BandwidthProbe {
  readonly #maxWindowBytes: number;
  #windowBytes: number;
  #bytes = 0;
  #isProbing = false;
  #windowsBetween = 0.5;
  /** Bytes per ms; the highest so far. */
  #bandwidth = 0;
  #sentMs = 0;

  constructor(windowBytes: number, maxWindowBytes: number) {
    this.#windowBytes = windowBytes;
    this.#maxWindowBytes = maxWindowBytes;
  }

  /** True: send a PING now, and say `didSend`. */
  didReceive(bytes: number): boolean {
    this.#bytes += bytes;
    return (
      !this.#isProbing &&
      this.#bytes >= this.#windowsBetween * this.#windowBytes &&
      this.#windowBytes < this.#maxWindowBytes
    );
  }

  didSend(nowMs: number): void {
    this.#isProbing = true;
    this.#bytes = 0;
    this.#sentMs = nowMs;
  }

  /** The acknowledgement has come. Returns the new window, if it is to grow. */
  didAck(nowMs: number): number | undefined {
    const bytes = this.#bytes;
    // A clock that has not moved: any time will do, because the bandwidth is only compared with others of this connection.
    const bandwidth = bytes / Math.max(nowMs - this.#sentMs, 0.001);
    this.#isProbing = false;
    this.#bytes = 0;
    // A larger window that brought no higher bandwidth only fills the buffers on the way.
    if (bytes < FULL_RATIO * this.#windowBytes || bandwidth <= this.#bandwidth) {
      this.#windowsBetween = Math.min(MAX_WINDOWS_BETWEEN, this.#windowsBetween * 2);
      return undefined;
    }
    this.#bandwidth = bandwidth;
    this.#windowsBetween = 0.5;
    this.#windowBytes = Math.min(this.#maxWindowBytes, 2 * bytes);
    return this.#windowBytes;
  }
}
