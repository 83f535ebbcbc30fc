import type { RunLog } from "./run-log.ts";

/**
 * The runs that have not ended, each with the moment at which an engine continues it. The engine that drives a run moves
 * this moment forward; when it dies, the moment passes. A parked run has the moment at which its first wait ends. The queue says who should drive; who may write is decided by the log.
 */
export interface RunQueue {
  /** Moves the moment of each run one lease from now. */
  renew(runIds: readonly string[]): Promise<void>;

  /** The run is due after `ms`, at once with 0. */
  wakeIn(runId: string, ms: number): Promise<void>;

  /** The run has no place yet: it is taken by `takeDeferred`, and does not delay the runs that are due. */
  defer(runId: string): Promise<void>;

  /** The deferred runs that have waited longest, at most `limit`, without those that an engine has driven; they are this caller's for one lease. */
  takeDeferred(limit: number): Promise<readonly RunLog[]>;

  /** Each run that is in no queue is due after a lease: until then its engine may renew it. */
  putMissing(runIds: readonly string[]): Promise<void>;

  /** The run has ended. */
  remove(runId: string): Promise<void>;

  /** The runs of which the moment has passed; they are this caller's for one lease. */
  takeDue(): Promise<readonly RunLog[]>;
}

/** How long a run waits for its engine until another one continues it, unless `RUN_LEASE_MS` has another time. */
export const DEFAULT_LEASE_MS = 3000;

/**
 * How often an engine renews its leases and looks for due runs: three renewals may fail. A timer is late by at most this period and
 * the duration of one look. With the default the period is 750 ms, so that a timer keeps the promised second.
 */
export function renewMsOf(leaseMs: number): number {
  return leaseMs / 4;
}
