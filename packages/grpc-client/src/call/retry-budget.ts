/**
 * Bounds the load that retries and hedges add, so that they do not keep an overloaded service overloaded. One budget serves
 * all calls of a process to one target, on however many channels: successes pay in a tenth of a token, a retry takes one out,
 * or two after RESOURCE_EXHAUSTED.
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
  /** Takes this many tokens, one by default. False, and nothing is taken, when fewer are left. */
  tryWithdraw(tokens?: number): boolean;
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
    if (this.#tenths < MAX_TENTHS) this.#tenths++;
  }

  tryWithdraw(tokens = 1): boolean {
    if (this.#tenths < tokens * TENTHS) return false;
    this.#tenths -= tokens * TENTHS;
    return true;
  }
}

/** A budget and how many channels use it. */
interface SharedBudget {
  readonly budget: RetryBudget;
  channels: number;
}

/** Of this process, by the target's name. An entry lasts while a channel uses it. */
const SHARED = new Map<string, SharedBudget>();

/** The budget of a target in this process. Each call of this function is followed by one of `releaseRetryBudget`. */
export function shareRetryBudget(target: string): RetryBudget {
  let shared = SHARED.get(target);
  if (shared === undefined) {
    shared = { budget: createRetryBudget(), channels: 0 };
    SHARED.set(target, shared);
  }
  shared.channels++;
  return shared.budget;
}

/** A channel to the target has closed. */
export function releaseRetryBudget(target: string): void {
  const shared = SHARED.get(target);
  if (shared !== undefined && --shared.channels === 0) SHARED.delete(target);
}
