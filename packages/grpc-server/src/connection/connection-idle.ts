/**
 * Ends connections without calls. In: time, and what a connection has received. Out: GOAWAY. It costs a call nothing: a connection is looked
 * at once in its idle time, and is idle when nothing of a call has come since the last look, and none was open at either.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";

/** C-core, grpc-go and grpc-js send this one; clients connect again when they have a call. */
const DEBUG_DATA = "max_idle";

const NO_TIMER: Timer = { cancel() {} };

export interface IdleConnection {
  /** Calls now. */
  readonly openStreams: number;
  /** Header blocks and DATA frames of its calls until now. */
  readonly received: number;
  goAway(debug: string): void;
}

/** `maxMs`: Infinity is never. Cancel the timer when the connection has closed. */
export function limitIdle(connection: IdleConnection, maxMs: number, clock: Clock, onIdle: () => void): Timer {
  if (maxMs === Number.POSITIVE_INFINITY) return NO_TIMER;
  let received = connection.received;
  let wasUsed = connection.openStreams > 0;
  const look = (): void => {
    const isUsed = connection.openStreams > 0;
    const isIdle = !isUsed && !wasUsed && connection.received === received;
    received = connection.received;
    wasUsed = isUsed;
    if (!isIdle) {
      timer = clock.setTimer(maxMs, look, { unref: true });
      return;
    }
    onIdle();
    connection.goAway(DEBUG_DATA);
  };
  let timer = clock.setTimer(maxMs, look, { unref: true });
  return { cancel: () => timer.cancel() };
}
