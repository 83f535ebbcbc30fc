import { describe, expect, test } from "vitest";
import { OUTCOME } from "../../test/support/loads.ts";
import type { Outcome, OutcomeClass } from "../outcome.ts";
import { Status, type StatusCode } from "../status.ts";
import { decideRetry, type RetryDecision, type RetryQuestion } from "./retry.ts";

const outcome = (outcomeClass: OutcomeClass, code: StatusCode = Status.unavailable): Outcome => ({
  ...OUTCOME,
  kind: "failure",
  class: outcomeClass,
  code,
  origin: "transport",
});

const MAX_ATTEMPTS = 3;

/** The first attempt of an idempotent call failed with this class. */
const ask = (outcomeClass: OutcomeClass, rest: Partial<RetryQuestion> = {}): RetryDecision =>
  decideRetry({
    outcome: outcome(outcomeClass),
    idempotent: true,
    pushbackBeforeHandler: false,
    maxAttempts: MAX_ATTEMPTS,
    attempts: 1,
    refusals: 0,
    unsent: 0,
    pushback: undefined,
    remainingMs: 1_000,
    typicalMs: undefined,
    isPartOfRetry: false,
    ...rest,
  });

const SURFACE = { kind: "surface" };
const FREE_AT_ONCE = { kind: "retry", tokens: 0, minDelayMs: 0, maxDelayMs: 0 };
const paidWithin = (maxDelayMs: number): RetryDecision => ({ kind: "retry", tokens: 1, minDelayMs: 0, maxDelayMs });

test("a request that this side refused to send is not repeated, although it would be safe", () => {
  const refusedHere: Outcome = { ...outcome("not-sent", Status.resourceExhausted), origin: "local" };
  expect(ask("not-sent", { outcome: refusedHere, attempts: 0, unsent: 1 })).toEqual(SURFACE);
});

test("HTTP 429 is repeated only after the time that the server names; 503 is repeated as always", () => {
  const answered = (httpStatus: number): Outcome => ({ ...outcome("maybe-processed"), httpStatus });
  expect(ask("maybe-processed", { outcome: answered(429) })).toEqual(SURFACE);
  expect(ask("maybe-processed", { outcome: answered(429), pushback: "250" })).toEqual({
    kind: "retry",
    tokens: 1,
    minDelayMs: 250,
    maxDelayMs: 250,
  });
  expect(ask("maybe-processed", { outcome: answered(503) })).toEqual(paidWithin(25));
});

describe("not sent: repeated for nothing, idempotent or not", () => {
  test("the first time at once", () => {
    expect(ask("not-sent", { idempotent: false, attempts: 0, unsent: 1 })).toEqual(FREE_AT_ONCE);
  });

  test("then with growing waits, so that a connection that keeps dying is not tried in a tight loop", () => {
    const waits = [2, 3, 4, 50].map((unsent) => ask("not-sent", { idempotent: false, attempts: 0, unsent }));
    expect(waits).toEqual([25, 50, 100, 1_000].map((maxDelayMs) => ({ ...FREE_AT_ONCE, maxDelayMs })));
  });
});

describe("refused: the server has not looked at it", () => {
  test("once for nothing, idempotent or not", () => {
    expect(ask("refused", { idempotent: false, attempts: 0, refusals: 1 })).toEqual(FREE_AT_ONCE);
  });

  test("then it costs a token, waits longer each time, and counts as an attempt", () => {
    const refused = (refusals: number): RetryDecision => ask("refused", { idempotent: false, attempts: 0, refusals });
    expect(refused(2)).toEqual(paidWithin(25));
    expect(refused(3)).toEqual(paidWithin(50));
    expect(refused(1 + MAX_ATTEMPTS)).toEqual(SURFACE);
  });
});

describe("maybe processed", () => {
  test("an idempotent call is repeated for a token", () => {
    expect(ask("maybe-processed")).toEqual(paidWithin(25));
    expect(ask("maybe-processed", { attempts: 2 })).toEqual(paidWithin(50));
    expect(ask("maybe-processed", { attempts: MAX_ATTEMPTS })).toEqual(SURFACE);
  });

  test("any other call is not", () => {
    expect(ask("maybe-processed", { idempotent: false })).toEqual(SURFACE);
  });

  test("nor is one whose answer would be just as wrong the next time", () => {
    for (const code of [Status.resourceExhausted, Status.internal, Status.unauthenticated, Status.unimplemented]) {
      expect(ask("maybe-processed", { outcome: outcome("maybe-processed", code) })).toEqual(SURFACE);
    }
  });
});

test("a call whose caller has received something is never repeated", () => {
  expect(ask("committed")).toEqual(SURFACE);
});

describe("rejected", () => {
  test("an idempotent call is repeated after unavailable, and after nothing else", () => {
    const repeated = Object.values(Status).filter(
      (code) => ask("rejected", { outcome: outcome("rejected", code) }).kind === "retry",
    );
    expect(repeated).toEqual([Status.unavailable]);
  });

  test("an idempotent call is repeated after resource exhausted if the server names a time, for two tokens", () => {
    const exhausted = outcome("rejected", Status.resourceExhausted);
    expect(ask("rejected", { outcome: exhausted })).toEqual(SURFACE);
    expect(ask("rejected", { outcome: exhausted, pushback: "250" })).toEqual({
      kind: "retry",
      tokens: 2,
      minDelayMs: 250,
      maxDelayMs: 250,
    });
  });

  test("any other call is not", () => {
    expect(ask("rejected", { idempotent: false })).toEqual(SURFACE);
    expect(ask("rejected", { idempotent: false, pushback: "0" })).toEqual(SURFACE);
    expect(ask("rejected", { idempotent: false, pushbackBeforeHandler: true })).toEqual(SURFACE);
  });

  test("any other call is, if the server names a time and is declared to do so before the handler starts", () => {
    const declared = { idempotent: false, pushbackBeforeHandler: true };
    const repeated = Object.values(Status).filter((code) => {
      const question = { ...declared, pushback: "0", outcome: outcome("rejected", code) };
      return ask("rejected", question).kind === "retry";
    });
    expect(repeated).toEqual([Status.resourceExhausted, Status.unavailable]);
    expect(ask("rejected", { ...declared, pushback: "-1" })).toEqual(SURFACE);
  });
});

test("a call with less time than an attempt usually takes is not repeated", () => {
  for (const outcomeClass of ["not-sent", "refused", "maybe-processed", "rejected"] as const) {
    expect(ask(outcomeClass, { typicalMs: 1_001 })).toEqual(SURFACE);
    expect(ask(outcomeClass, { typicalMs: 1_000 }).kind).toBe("retry");
  }
});

test("a call that is made for a repeated call has the retries that cost nothing, and no others", () => {
  expect(ask("not-sent", { isPartOfRetry: true, attempts: 0, unsent: 1 })).toEqual(FREE_AT_ONCE);
  expect(ask("refused", { isPartOfRetry: true, attempts: 0, refusals: 1 })).toEqual(FREE_AT_ONCE);
  for (const outcomeClass of ["maybe-processed", "rejected"] as const)
    expect(ask(outcomeClass, { isPartOfRetry: true })).toEqual(SURFACE);
});

test("a channel that allows one attempt repeats only what the server cannot have processed", () => {
  expect(ask("rejected", { maxAttempts: 1 })).toEqual(SURFACE);
  expect(ask("maybe-processed", { maxAttempts: 1 })).toEqual(SURFACE);
  expect(ask("refused", { maxAttempts: 1, attempts: 0, refusals: 1 })).toEqual(FREE_AT_ONCE);
});

describe("pushback", () => {
  test("the server's wait is taken to the millisecond", () => {
    expect(ask("rejected", { pushback: "250" })).toEqual({
      kind: "retry",
      tokens: 1,
      minDelayMs: 250,
      maxDelayMs: 250,
    });
    expect(ask("rejected", { pushback: "0" })).toEqual(paidWithin(0));
  });

  test("a wait past the deadline means no retry: the caller gets the server's status", () => {
    expect(ask("rejected", { pushback: "1001" })).toEqual(SURFACE);
    expect(ask("rejected", { pushback: "1001", remainingMs: Number.POSITIVE_INFINITY }).kind).toBe("retry");
  });

  test.each(["-1", "", "soon", "1.5", "99999999999999999999"])("%j stops the retries", (pushback) => {
    expect(ask("rejected", { pushback, remainingMs: Number.POSITIVE_INFINITY })).toEqual(SURFACE);
  });
});
