import { expect, test } from "vitest";
import type { CallRecord } from "../load/records.ts";
import type { Case } from "../scenario.ts";
import { MIXED } from "../scenarios/common.ts";
import { figuresOf } from "./figures.ts";
import type { Attempt, RunData } from "./run-data.ts";

const CASE: Case = {
  name: "a case",
  topology: { hosts: 2, discovery: "dns" },
  load: MIXED,
  times: { warmMs: 100, faultMs: 1_000, healMs: 4_000, endMs: 5_000 },
  steps: [],
  faulty: [0],
};

function call(id: string, atMs: number, more: Partial<CallRecord> = {}): CallRecord {
  return { id, write: id.startsWith("w"), atMs, ms: 5, code: 0, maybeProcessed: false, ...more };
}

function attempt(callId: string, endpoint: string, atMs: number, more: Partial<Attempt> = {}): Attempt {
  return { callId, attempt: 1, endpoint, executed: true, atMs, ...more };
}

function run(calls: readonly CallRecord[], attempts: readonly Attempt[] = []): RunData {
  const none = { streams: [], settledTwice: 0, uncaught: [], cpuMs: 0, resident: [], alive: [], leftRunning: 0 };
  return { ...none, calls, attempts, addresses: ["a", "b"] };
}

test("calls of the warm-up do not count", () => {
  const { calls, readErrors } = figuresOf(run([call("r0", 50, { code: 14 }), call("r1", 150)]), CASE);

  expect({ calls, readErrors }).toEqual({ calls: 1, readErrors: {} });
});

test("errors are counted by status, and apart for calls that are not idempotent", () => {
  const calls = [call("r0", 1_200, { code: 14 }), call("w1", 2_100, { code: 14, maybeProcessed: true })];
  const figures = figuresOf(run(calls), CASE);

  expect(figures.readErrors).toEqual({ unavailable: 1 });
  expect(figures.writeErrors).toEqual({ unavailable: 1, "maybe processed": 1 });
  expect({ reads: figures.lateReadErrors, writes: figures.lateWriteErrors }).toEqual({ reads: 0, writes: 1 });
});

test("the latency of a failed call does not count", () => {
  const { during } = figuresOf(run([call("r0", 1_200), call("r1", 1_300, { code: 14, ms: 900 })]), CASE);

  expect(during).toEqual({ p50: 5, p99: 5, p999: 5 });
});

test("the share of the hosts with the fault counts from a second after it until its end", () => {
  const attempts = [
    attempt("r0", "a", 1_500),
    attempt("r1", "a", 2_500),
    attempt("r2", "b", 2_500),
    attempt("s3", "b", 3_000),
    attempt("r4", "b", 4_500),
    attempt("r5", "b", 2_600),
  ];
  const calls = [call("r0", 1_500), call("r1", 2_500), call("r2", 2_500), call("r4", 4_500), call("r5", 2_600)];

  expect(figuresOf(run(calls, attempts), CASE).faultyShare).toBeCloseTo(1 / 3);
});

test("a call that is not idempotent and was executed on two hosts is a duplicate; one that was refused first is not", () => {
  const attempts = [
    attempt("w0", "a", 1_500),
    attempt("w0", "b", 1_600, { attempt: 2 }),
    attempt("w1", "a", 1_500, { executed: false }),
    attempt("w1", "b", 1_600, { attempt: 2 }),
  ];

  expect(figuresOf(run([call("w0", 1_500), call("w1", 1_500)], attempts), CASE)).toMatchObject({
    duplicates: 1,
    attemptsPerCall: 2,
  });
});

test("recovery ends with the last 100 ms that had a failed or a slow call", () => {
  const calls = [call("r0", 500), call("r1", 1_150, { code: 14 }), call("r2", 1_710, { ms: 101 }), call("r3", 3_000)];

  expect(figuresOf(run(calls), CASE)).toMatchObject({ recoveryMs: 800, afterHealMs: 0 });
});
