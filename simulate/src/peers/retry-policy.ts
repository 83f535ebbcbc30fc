/**
 * gRFC A6: `retryPolicy` with `retryThrottling`, of one channel. In: the end of each attempt. Out: whether and when the call is
 * attempted again.
 *
 * Throttling: a failed attempt takes a token, a successful one returns `tokenRatio`; calls are repeated while more than half of
 * the tokens are left.
 */

import type { Random } from "@agent-team/foundation/random";

export interface RetryConfig {
  /** Attempts of a call, the first one included. */
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffMultiplier: number;
  readonly maxTokens: number;
  readonly tokenRatio: number;
}

/** The values of A6's examples. */
export const A6_EXAMPLE: RetryConfig = {
  maxAttempts: 4,
  initialBackoffMs: 100,
  maxBackoffMs: 1_000,
  backoffMultiplier: 2,
  maxTokens: 10,
  tokenRatio: 0.1,
};

export class RetryPolicy {
  readonly #config: RetryConfig;
  readonly #random: Random;
  #tokens: number;

  constructor(config: RetryConfig, random: Random) {
    this.#config = config;
    this.#random = random;
    this.#tokens = config.maxTokens;
  }

  didSucceed(): void {
    this.#tokens = Math.min(this.#config.maxTokens, this.#tokens + this.#config.tokenRatio);
  }

  /** After the attempt with this number (1, 2, …) has failed: the wait until the next one in ms, or undefined for none. */
  didFail(attempt: number): number | undefined {
    const { maxAttempts, initialBackoffMs, maxBackoffMs, backoffMultiplier, maxTokens } = this.#config;
    this.#tokens = Math.max(0, this.#tokens - 1);
    if (attempt >= maxAttempts || this.#tokens <= maxTokens / 2) return undefined;
    return this.#random() * Math.min(initialBackoffMs * backoffMultiplier ** (attempt - 1), maxBackoffMs);
  }
}
