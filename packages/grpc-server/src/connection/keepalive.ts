/**
 * Finds clients that are gone, by PING. In: time, and acknowledgements. Out: the end of a connection that does not answer.
 *
 *   waiting ──timeMs──► asked ──acknowledged──► waiting
 *                         └──timeoutMs──► the connection is destroyed
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { GrpcConnection } from "./grpc-connection.ts";

export interface Keepalive {
  /** From one answer to the next question, in ms; Infinity: never ask. */
  readonly timeMs: number;
  /** Time for the answer, in ms. */
  readonly timeoutMs: number;
}

/** TCP's own keepalive finds them, too: see `listening.ts`. */
export const NO_KEEPALIVE: Keepalive = { timeMs: Number.POSITIVE_INFINITY, timeoutMs: Number.POSITIVE_INFINITY };

const NO_TIMER: Timer = { cancel() {} };

/** Cancel the timer when the connection has closed. A client that has not sent its SETTINGS is not asked: the handshake has its own time. */
export function keepAlive(
  connection: Pick<GrpcConnection, "isReady" | "ping" | "destroy">,
  { timeMs, timeoutMs }: Keepalive,
  clock: Clock,
): Timer {
  if (timeMs === Number.POSITIVE_INFINITY) return NO_TIMER;
  const wait = (): Timer => clock.setTimer(timeMs, ask, { unref: true });
  const ask = (): void => {
    if (!connection.isReady) {
      timer = wait();
      return;
    }
    timer = setPeerTimer(clock, timeoutMs, () => connection.destroy(), { unref: true });
    connection.ping(() => {
      timer.cancel();
      timer = wait();
    });
  };
  let timer = wait();
  return { cancel: () => timer.cancel() };
}
