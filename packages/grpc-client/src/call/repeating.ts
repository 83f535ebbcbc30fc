/**
 * Puts a call's question to the rules of retries (`retry.ts`) and of streams that go on (`resume.ts`), and pays for the answer. In: the end
 * of an attempt, and what the call and its channel know. Out: the decision; an empty budget makes it "surface".
 */

import type { Method } from "../client-call.ts";
import type { Outcome } from "../outcome.ts";
import type { StreamEnd } from "../stream.ts";
import type { CallDeps } from "./call-deps.ts";
import type { History } from "./history.ts";
import { decideResume } from "./resume.ts";
import type { Resuming } from "./resuming.ts";
import { decideRetry, type RetryDecision, SURFACE } from "./retry.ts";

/** What the rules know of a call. */
export interface RepeatableCall {
  readonly method: Method;
  readonly deadlineMs: number;
  /** Declared by the method, or by the channel's configuration. */
  readonly isIdempotent: boolean;
  /** It is made for a call that is a repetition itself. */
  readonly isPartOfRetry: boolean;
}

/** An attempt has failed of which the caller has received nothing. */
export function afterFailure(
  call: RepeatableCall,
  { attempts, refusals, unsent }: History,
  { end, outcome }: { readonly end: StreamEnd; readonly outcome: Outcome },
  deps: CallDeps,
): RetryDecision {
  const { rules, clock, latency } = deps;
  const decision = decideRetry({
    outcome,
    idempotent: call.isIdempotent,
    pushbackBeforeHandler: rules.pushbackBeforeHandler,
    maxAttempts: rules.maxAttempts,
    attempts,
    refusals,
    unsent,
    pushback: end.trailers.get("grpc-retry-pushback-ms"),
    remainingMs: call.deadlineMs - clock.now(),
    typicalMs: latency.p50Ms,
    isPartOfRetry: call.isPartOfRetry,
  });
  return paid(decision, call, deps);
}

/** An attempt has ended of whose stream the caller has received a part, and there is a request that goes on. */
export function afterBreak(call: RepeatableCall, { stalled }: Resuming, deps: CallDeps): RetryDecision {
  const decision = decideResume({
    stalled,
    remainingMs: call.deadlineMs - deps.clock.now(),
    typicalMs: deps.latency.p50Ms,
    isPartOfRetry: call.isPartOfRetry,
  });
  return paid(decision, call, deps);
}

function paid(decision: RetryDecision, { method }: RepeatableCall, { permits }: CallDeps): RetryDecision {
  const isPaid = decision.kind === "surface" || permits.tryWithdraw(decision.tokens, method.path);
  return isPaid ? decision : SURFACE;
}
