/**
 * Calls whose request does not come. Every few seconds the calls in flight are looked through; one that waits for its request for a minute
 * ends. Streams of requests are not limited: their clients may be silent for as long as they like.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { Code, ConnectError } from "@connectrpc/connect";
import { type LimitCounts, MAX_REQUEST_MS } from "../limits.ts";
import type { LiveCalls } from "./live-calls.ts";

const CHECK_MS = 5_000;

export interface SlowRequestsInit {
  readonly clock: Clock;
  readonly calls: LiveCalls;
  readonly limits: LimitCounts;
}

/** Cancel the timer when the server has stopped. */
export function limitRequests({ clock, calls, limits }: SlowRequestsInit): Timer {
  const check = (): void => {
    const beforeMs = clock.now() - MAX_REQUEST_MS;
    const error = new ConnectError(`the request did not come within ${MAX_REQUEST_MS} ms`, Code.DeadlineExceeded);
    calls.fail(error, ({ awaitsRequest, startedMs }) => {
      const isSlow = awaitsRequest && startedMs <= beforeMs;
      if (isSlow) limits.didReach("slow-request");
      return isSlow;
    });
    timer = setPeerTimer(clock, CHECK_MS, check, { unref: true });
  };
  let timer = setPeerTimer(clock, CHECK_MS, check, { unref: true });
  return { cancel: () => timer.cancel() };
}
