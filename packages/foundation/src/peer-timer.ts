/**
 * A timer that judges a peer: no answer in time. In: the time. Out: one call when the peer was silent for it.
 *
 * A process whose event loop is blocked, or that gets no CPU, runs its timers late, and it runs them before it reads its sockets: the
 * answer may wait in the socket, and the peer is not to blame. A timer that runs late therefore waits a little longer, so that the event
 * loop reads first. A deadline that a caller has stated is no judgement: set it on the clock.
 */

import type { Clock, Timer } from "./clock.ts";

/** A timer that runs later than this was held up. Timers of a process that is not are some ms late. */
const LATE_MS = 20;
/** Time to read what has come, and for the round trips that a handshake still needs within a region. */
const GRACE_MS = 200;
/** A process that is always late judges in the end. */
const MAX_GRACES = 3;

/**
 * Calls `onSilence` once, when `delayMs` have passed and this process could read meanwhile: exactly then, or up to three times the
 * shorter of 200 ms and `delayMs` after a timer that ran more than 20 ms late. Infinity is never. `unref` is as in `Clock.setTimer`.
 * @throws RangeError when `delayMs` is NaN.
 */
export function setPeerTimer(
  clock: Clock,
  delayMs: number,
  onSilence: () => void,
  options?: { readonly unref?: boolean },
): Timer {
  let graces = 0;
  const wait = (ms: number): Timer => {
    const dueMs = clock.now() + ms;
    return clock.setTimer(
      ms,
      () => {
        if (clock.now() - dueMs <= LATE_MS || ++graces > MAX_GRACES) onSilence();
        else timer = wait(Math.min(delayMs, GRACE_MS));
      },
      options,
    );
  };
  let timer = wait(delayMs);
  return { cancel: () => timer.cancel() };
}
