/**
 * Moments at which work continues. A queue holds keys, each with the moment at which it is due by the clock of the store. The
 * instance that works on a key moves its moment forward again and again; when it dies, the moment passes and another instance
 * claims the key. A claim says who should work; who may write is decided by `Journal.append` alone.
 */
export interface DueTimes {
  /** Sets the moment of each key to `inMs` from now, also of keys that have one. Rejects with `full` as `put`. */
  schedule(queue: string, keys: readonly string[], inMs: number, options?: ScheduleOptions): Promise<void>;

  /** Takes keys out of the queue. Keys that are not in it do not matter. */
  unschedule(queue: string, keys: readonly string[]): Promise<void>;

  /** The keys that are due, the longest due first; the moment of each is now `leaseMs` from now, so that one caller gets it. */
  claimDue(queue: string, options: ClaimOptions): Promise<readonly string[]>;
}

export interface ScheduleOptions {
  /** Leaves keys alone that are in the queue, for a queue that may have lost some. Default false. */
  readonly onlyMissing?: boolean | undefined;
}

export interface ClaimOptions {
  /** Most keys of one answer, at least 1. */
  readonly limit: number;
  /** How long the other callers do not get these keys, unless they are scheduled again. */
  readonly leaseMs: number;
}
