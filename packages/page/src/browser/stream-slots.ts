/**
 * The streams of runs that the tabs of a browser hold at once. Over HTTP/1.1 a browser has six connections to an origin, for all its
 * tabs: with a stream in each of seven windows nothing else would ever load. In: a tab that wants to follow a run. Out: a place, or none,
 * and then the tab asks now and then instead.
 */

import type { StreamSlots } from "./state/parts.ts";

/** The other three connections are for answers and for calls. */
const MAX_STREAMS = 3;

/** @param locks shared by the tabs of the origin; a page over plain HTTP of another machine has none, and then every tab has a place */
export function lockedSlots(locks: LockManager | undefined): StreamSlots {
  return {
    async take() {
      if (locks === undefined) return () => {};
      for (let at = 0; at < MAX_STREAMS; at += 1) {
        const release = await tryLock(locks, `agent-team.stream.${at}`);
        if (release !== undefined) return release;
      }
      return undefined;
    },
  };
}

/** Undefined while another tab has the lock. It is free again when it is released, and when the tab is closed. */
function tryLock(locks: LockManager, name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      if (lock !== null) return new Promise((release) => resolve(release));
      resolve(undefined);
      return undefined;
    };
    locks.request(name, { ifAvailable: true }, hold).catch(reject);
  });
}
