/**
 * Whether a stream of responses of which the caller has received a part goes on with another attempt, and when. A pure function; the
 * call acts on its answer.
 *
 * A resumed attempt repeats nothing, so it is free after progress. Without progress since the last one it costs a token, and waits.
 */

import type { Outcome } from "../outcome.ts";
import { Status } from "../status.ts";
import { type RetryDecision, SURFACE } from "./retry.ts";

const DELAY = { baseMs: 20, maxMs: 1_000 } as const;

export interface ResumeQuestion {
  /** Attempts in a row without a message, the one that has just ended included. */
  readonly stalled: number;
  /** Until the call's deadline, in ms, or Infinity. */
  readonly remainingMs: number;
  /** See `RetryQuestion`. */
  readonly typicalMs: number | undefined;
  readonly isPartOfRetry: boolean;
}

/** Whether the end of an attempt may be no end of the stream: a lost connection, UNAVAILABLE, silence, or OK before the terminal message. */
export function isResumable({ code, origin }: Outcome): boolean {
  return origin === "transport" || (origin === "server" && (code === Status.ok || code === Status.unavailable));
}

export function decideResume({ stalled, remainingMs, typicalMs, isPartOfRetry }: ResumeQuestion): RetryDecision {
  if (typicalMs !== undefined && remainingMs < typicalMs) return SURFACE;
  if (stalled === 0) return { kind: "retry", tokens: 0, minDelayMs: 0, maxDelayMs: 0 };
  if (isPartOfRetry) return SURFACE;
  const maxDelayMs = Math.min(DELAY.maxMs, DELAY.baseMs * 2 ** stalled);
  return { kind: "retry", tokens: 1, minDelayMs: 0, maxDelayMs };
}
