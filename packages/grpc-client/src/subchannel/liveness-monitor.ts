/**
 * Checks the connections of a channel with one timer. In: connections, and the start of streams. It runs every 250 ms while a peer
 * owes an answer, else when the next connection has been idle for long enough to be unverified, else not at all.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { CHECK_MS, type Liveness, type LivenessOptions } from "./liveness.ts";

export class LivenessMonitor {
  readonly options: LivenessOptions;
  readonly #clock: Clock;
  readonly #connections = new Set<Liveness>();
  #timer: Timer | undefined;
  /** The timer is due within `CHECK_MS`. */
  #isSoon = false;
  #lastCheckMs = 0;
  /** A stream was opened since the last check. */
  #isInUse = false;

  constructor(options: LivenessOptions, clock: Clock) {
    this.options = options;
    this.#clock = clock;
  }

  add(liveness: Liveness): void {
    this.#connections.add(liveness);
    this.#schedule(CHECK_MS);
  }

  delete(liveness: Liveness): void {
    this.#connections.delete(liveness);
    if (this.#connections.size === 0) this.#cancel();
  }

  /** A stream was opened. */
  didOpenStream(): void {
    this.#isInUse = true;
    if (!this.#isSoon) this.#schedule(CHECK_MS);
  }

  #check(): void {
    const nowMs = this.#clock.now();
    const elapsedMs = nowMs - this.#lastCheckMs;
    this.#cancel();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const liveness of this.#connections) nextMs = Math.min(nextMs, liveness.check(elapsedMs));
    // Traffic must not stay on the few connections that are verified.
    if (this.#isInUse || nextMs <= CHECK_MS) for (const liveness of this.#connections) liveness.verify();
    this.#isInUse = false;
    if (!this.#isSoon && this.#connections.size > 0) this.#schedule(nextMs);
  }

  #schedule(delayMs: number): void {
    this.#cancel();
    if (delayMs === Number.POSITIVE_INFINITY) return;
    this.#isSoon = delayMs <= CHECK_MS;
    this.#lastCheckMs = this.#clock.now();
    this.#timer = this.#clock.setTimer(delayMs, () => this.#check(), { unref: true });
  }

  #cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#isSoon = false;
  }
}
