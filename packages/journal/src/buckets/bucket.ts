/**
 * A bucket holds the tokens of one minute and fills up evenly: who has been quiet may take them all at once, and then one whenever a
 * token has come. All that a bucket keeps is the moment at which it is full, in whole µs, so that sums of tokens are exact.
 */

export interface BucketState {
  /** False: there was no token. */
  readonly isAllowed: boolean;
  /** Tokens that are left now. */
  readonly remaining: number;
  /** Until the next token when none is left, else until the bucket is full, in seconds, rounded up. */
  readonly resetSeconds: number;
}

/** Buckets by key, such as the subject of a caller. */
export interface TokenBuckets {
  /** False: `take` would reject, or wait. */
  readonly isReady: boolean;
  /**
   * Takes a token. A bucket of `perMinute` tokens, 1 to 1,000,000, is full at first.
   * @throws JournalError `unavailable`, `full` or `closed`: a token may or may not have been taken
   */
  take(key: string, perMinute: number): Promise<BucketState>;
  close(): Promise<void>;
}

const MINUTE_US = 60_000_000;

/** Until one token has come. */
export function tokenUs(perMinute: number): number {
  return Math.floor(MINUTE_US / perMinute);
}

/** `untilFullUs`: after a token was taken. */
export function stateOf(isAllowed: boolean, untilFullUs: number, perMinute: number): BucketState {
  const token = tokenUs(perMinute);
  const heldUs = perMinute * token - untilFullUs;
  const remaining = Math.floor(heldUs / token);
  const resetUs = remaining > 0 ? untilFullUs : token - heldUs;
  return { isAllowed, remaining, resetSeconds: Math.ceil(resetUs / 1_000_000) };
}
