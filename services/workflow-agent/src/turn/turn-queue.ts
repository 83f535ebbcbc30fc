import type { TurnJournal } from "./turn-log.ts";

/** How long a turn waits for its agent until another one continues it. */
export const LEASE_MS = 3_000;

/** How often an agent renews its leases: two renewals may fail. */
export const RENEW_MS = 1_000;

const QUEUE = "turns";

/** Turns taken over at once: the next call takes the others. */
const MAX_TAKEN = 100;

/**
 * The turns that have not ended, each with the moment at which another agent continues it. The agent that works on a turn moves
 * this moment forward; when it dies, the moment passes. The queue says who should work; who may write is decided by the log.
 */
export class TurnQueue {
  readonly #journal: TurnJournal;

  constructor(journal: TurnJournal) {
    this.#journal = journal;
  }

  /** The turns are this agent's for one lease more. */
  renew(turnIds: readonly string[]): Promise<void> {
    return this.#journal.schedule(QUEUE, turnIds, LEASE_MS);
  }

  /** Any agent may continue the turn at once. */
  release(turnId: string): Promise<void> {
    return this.#journal.schedule(QUEUE, [turnId], 0);
  }

  /** The turn has ended. */
  remove(turnId: string): Promise<void> {
    return this.#journal.unschedule(QUEUE, [turnId]);
  }

  /** The turns of which the moment has passed; they are this caller's for one lease. */
  takeDue(): Promise<readonly string[]> {
    return this.#journal.claimDue(QUEUE, { limit: MAX_TAKEN, leaseMs: LEASE_MS });
  }
}
