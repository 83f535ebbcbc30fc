/**
 * Exponential backoff as an immutable value: nothing to reset, a fresh start is the first value again.
 * Reconnecting, refreshing and retrying share it.
 */

import type { Random } from "./random.ts";

/** Bounds of the delays. */
export interface BackoffOptions {
  /** Bound of the first delay, in ms. */
  readonly baseMs: number;
  /** No delay is longer, in ms. */
  readonly maxMs: number;
  /** No delay is shorter, in ms. Default 0. */
  readonly minMs?: number | undefined;
}

/** One step of an exponential backoff. `next()` is the following step, `Backoff.first` the first. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #exponent: number;

  private constructor(options: BackoffOptions, exponent: number) {
    this.#options = options;
    this.#exponent = exponent;
  }

  /** The first step: its bound is `baseMs`. */
  static first(options: BackoffOptions): Backoff {
    return new Backoff(options, 0);
  }

  get isFirst(): boolean {
    return this.#exponent === 0;
  }

  /** The bound that doubles with each step. */
  get boundMs(): number {
    return Math.min(this.#options.maxMs, this.#options.baseMs * 2 ** this.#exponent);
  }

  /**
   * Full jitter, U(min, min(max, base × 2ᵏ)): of the jittered forms the one that spreads a crowd of clients widest.
   * Uniform over the whole range, so that clients which failed together do not come back together.
   */
  delayMs(random: Random): number {
    const min = this.#options.minMs ?? 0;
    return min + random() * Math.max(0, this.boundMs - min);
  }

  /** One step further. Stops growing at the bound, so that the exponent cannot overflow. */
  next(): Backoff {
    return this.boundMs >= this.#options.maxMs ? this : new Backoff(this.#options, this.#exponent + 1);
  }
}
