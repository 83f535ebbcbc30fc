/**
 * Bounds the load that retries add, so that they do not keep an overloaded service overloaded. One budget
 * serves all calls of a channel: successes pay in a tenth of a token, a retry takes one out.
 *
 * Over N calls, attempts ÷ calls ≤ 1 + 0.1 × (share of successes) + 10 ÷ N: ten retries to begin with, then at most one
 * in ten.
 */

/** Kept in tenths, as integers: ten times 0.1 is less than 1 in floating point. */
const TENTHS = 10;
const MAX_TENTHS = 100 * TENTHS;
const START_TENTHS = 10 * TENTHS;

export interface RetryBudget {
  /** A first attempt succeeded. */
  deposit(): void;
  /** Takes a token. False, and nothing is taken, when less than one is left. */
  tryWithdraw(): boolean;
  readonly balance: number;
}

export function createRetryBudget(): RetryBudget {
  return new TokenBudget();
}

class TokenBudget implements RetryBudget {
  #tenths = START_TENTHS;

  get balance(): number {
    return this.#tenths / TENTHS;
  }

  deposit(): void {
    this.#tenths = Math.min(MAX_TENTHS, this.#tenths + 1);
  }

  tryWithdraw(): boolean {
    if (this.#tenths < TENTHS) return false;
    this.#tenths -= TENTHS;
    return true;
  }
}
