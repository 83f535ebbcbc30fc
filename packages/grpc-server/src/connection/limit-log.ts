import type { Clock } from "@agent-team/foundation/clock";
import type { Limit } from "../limits.ts";
import type { ServerLogger } from "../server-logger.ts";

/** Any client can reach a limit: one line of each in this time. */
const LIMIT_LOG_MS = 10_000;

/** A line for each limit that clients reach, at most one in 10 s. The metrics have all of them. */
export function logLimits(logger: ServerLogger, clock: Clock): (limit: Limit) => void {
  const nextMs = new Map<Limit, number>();
  return (limit) => {
    const nowMs = clock.now();
    if (nowMs < (nextMs.get(limit) ?? Number.NEGATIVE_INFINITY)) return;
    nextMs.set(limit, nowMs + LIMIT_LOG_MS);
    logger.warn({ limit }, "a client has reached a limit of its connection");
  };
}
