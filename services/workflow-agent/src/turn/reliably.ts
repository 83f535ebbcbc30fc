import { type Clock, delay } from "@agent-team/foundation/clock";
import { isStoreAway } from "../conversation/store-error.ts";
import { LEASE_MS } from "./turn-queue.ts";

/** How long the store may be unavailable until an agent gives a turn up: by then another agent works on the turn, if any can. */
const STORE_PATIENCE_MS = LEASE_MS + 2_000;
const STORE_RETRY_MS = 250;

/** Tries again while the store does not answer. */
export async function reliably<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  const untilMs = clock.now() + STORE_PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreAway(error) || clock.now() >= untilMs) throw error;
      await delay(clock, STORE_RETRY_MS);
    }
  }
}
