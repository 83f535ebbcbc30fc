/**
 * Whether a failed attempt is followed by another one, and at what price. A pure function; the call acts on its answer.
 *
 * An attempt that the server cannot have processed is repeated for nothing. One that it may have processed is repeated only if
 * the method is idempotent. One of which the caller has received something is never repeated.
 */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Outcome } from "../outcome.ts";
import { Status } from "../status.ts";

/** gRFC A6 draws from the same shape: full jitter over a bound that doubles. */
const DELAY = { baseMs: 25, maxMs: 1_000 } as const;

/** Longest wait that a server can ask for, 24.8 days: more than 31 bits of milliseconds mean no retry. */
const LONGEST_WAIT_MS = 0x7fff_ffff;

export interface RetryQuestion {
  readonly outcome: Outcome;
  /** Declared by the method (`idempotency_level`) or by the channel's configuration. */
  readonly idempotent: boolean;
  /** Whether a pushback proves that no handler has started, as the channel's configuration declares. */
  readonly pushbackBeforeHandler: boolean;
  /** Most attempts of a call, the first included and those that cost nothing apart. */
  readonly maxAttempts: number;
  /** Attempts so far that the server may have seen. */
  readonly attempts: number;
  /** Attempts so far that the server refused, and those that were not sent at all. */
  readonly refusals: number;
  readonly unsent: number;
  /** `grpc-retry-pushback-ms` of the failed attempt, if the server sent it. */
  readonly pushback: string | undefined;
  /** Until the call's deadline, in ms, or Infinity. */
  readonly remainingMs: number;
  /** How long an attempt usually takes, in ms; undefined while too few are known. */
  readonly typicalMs: number | undefined;
  /** The call is made for a call that is a repetition itself. Its client repeats it again, and attempts would multiply. */
  readonly isPartOfRetry: boolean;
}

export type RetryDecision =
  | { readonly kind: "surface" }
  /** `tokens`: what it costs of the budget. The wait before it is drawn evenly from `minDelayMs` to `maxDelayMs`. */
  | { readonly kind: "retry"; readonly tokens: number; readonly minDelayMs: number; readonly maxDelayMs: number };

export const SURFACE: RetryDecision = { kind: "surface" };
const FREE: RetryDecision & { kind: "retry" } = { kind: "retry", tokens: 0, minDelayMs: 0, maxDelayMs: 0 };

export function decideRetry(question: RetryQuestion): RetryDecision {
  // This side refused to send the request and would refuse it again: it is too large for the peer, or cannot be sent at all.
  if (question.outcome.origin === "local") return SURFACE;
  // The failure says more than the DEADLINE_EXCEEDED of an attempt that has no time to succeed.
  if (question.typicalMs !== undefined && question.remainingMs < question.typicalMs) return SURFACE;
  switch (question.outcome.class) {
    case "not-sent":
      // At once elsewhere; but a connection that keeps dying under the request must not be tried in a tight loop.
      return question.unsent <= 1 ? FREE : { ...FREE, maxDelayMs: delayBoundMs(question.unsent - 1) };
    case "refused":
      // gRFC A6, transparent retries: once for nothing when the server has not looked at the request; then it is a retry like others.
      return question.refusals <= 1 ? FREE : paid(question);
    case "maybe-processed":
      return question.idempotent && mayDoBetter(question) ? paid(question) : SURFACE;
    case "rejected":
      return mayRepeatRejected(question) ? paid(question) : SURFACE;
    case "committed":
    case "completed":
      return SURFACE;
  }
}

/**
 * Of the codes only UNAVAILABLE promises more of another attempt: what was too large will be too large again. HTTP 429 asks for
 * fewer requests: only a server that names a time gets another one.
 */
function mayDoBetter({ outcome, pushback }: RetryQuestion): boolean {
  return outcome.code === Status.unavailable && (outcome.httpStatus !== 429 || pushback !== undefined);
}

/** The server has answered. RESOURCE_EXHAUSTED, too, asks for fewer requests; a handler's own UNAVAILABLE may follow its effects. */
function mayRepeatRejected({ outcome: { code }, pushback, idempotent, pushbackBeforeHandler }: RetryQuestion): boolean {
  if (code !== Status.unavailable && code !== Status.resourceExhausted) return false;
  if (!idempotent) return pushbackBeforeHandler && pushback !== undefined;
  return code === Status.unavailable || pushback !== undefined;
}

function paid(question: RetryQuestion): RetryDecision {
  const { outcome, maxAttempts, attempts, refusals, pushback, remainingMs, isPartOfRetry } = question;
  if (isPartOfRetry) return SURFACE;
  // The first refusal was repeated for nothing; each further one is an attempt like others.
  const counted = attempts + Math.max(0, refusals - 1);
  if (counted >= maxAttempts) return SURFACE;
  // An overloaded server: retries must become rarer twice as fast.
  const tokens = outcome.code === Status.resourceExhausted ? 2 : 1;
  if (pushback !== undefined) return afterPushback(pushback, tokens, remainingMs);
  return { kind: "retry", tokens, minDelayMs: 0, maxDelayMs: delayBoundMs(counted) };
}

/** Bound of the wait before the nth retry. */
function delayBoundMs(n: number): number {
  let backoff = Backoff.first(DELAY);
  for (let i = 1; i < n && backoff.boundMs < DELAY.maxMs; i++) backoff = backoff.next();
  return backoff.boundMs;
}

/**
 * The server's pushback replaces our backoff, to the millisecond and without jitter.
 * gRFC A6: "If the value for pushback is negative or unparseable, then it will be seen as the server asking the client not to retry at all."
 */
function afterPushback(pushback: string, tokens: number, remainingMs: number): RetryDecision {
  const delayMs = /^\d+$/.test(pushback) ? Number(pushback) : Number.NaN;
  // A wait past the deadline would replace the server's status by DEADLINE_EXCEEDED.
  return delayMs <= Math.min(remainingMs, LONGEST_WAIT_MS)
    ? { kind: "retry", tokens, minDelayMs: delayMs, maxDelayMs: delayMs }
    : SURFACE;
}
