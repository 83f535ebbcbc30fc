/**
 * Lets four TLS handshakes of a channel run at once. In: TCP connections that have been made. Out: the start of each handshake, in the order
 * in which they came. A handshake is CPU of this event loop: of sixteen at once none is done before all are, and the first call waits for
 * the first. A peer that is silent in its handshake gives its place to the next after a time.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";

const MAX_HANDSHAKES = 4;
/** As long as a connection that is on its way keeps others from beginning (`subchannel/pool.ts`). A handshake within a region takes some ms. */
const PATIENCE_MS = 250;

/** A handshake that waits, or has a place. */
interface Handshake {
  readonly start: () => void;
  timer?: Timer | undefined;
}

export class Handshakes {
  readonly #clock: Clock;
  readonly #waiting = new Set<Handshake>();
  readonly #running = new Set<Handshake>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `start` once there is a place. The returned function says that the handshake, or the wait for it, has ended. */
  begin(start: () => void): () => void {
    const handshake: Handshake = { start };
    this.#waiting.add(handshake);
    this.#startWaiting();
    return () => {
      this.#waiting.delete(handshake);
      this.#release(handshake);
    };
  }

  #startWaiting(): void {
    for (const handshake of this.#waiting) {
      if (this.#running.size >= MAX_HANDSHAKES) return;
      this.#waiting.delete(handshake);
      this.#running.add(handshake);
      handshake.timer = this.#clock.setTimer(PATIENCE_MS, () => this.#release(handshake), { unref: true });
      handshake.start();
    }
  }

  #release(handshake: Handshake): void {
    handshake.timer?.cancel();
    if (this.#running.delete(handshake)) this.#startWaiting();
  }
}
