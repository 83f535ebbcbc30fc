/** gRFC A6, "Retry Policy" and "Throttling Retry Attempts and Hedged RPCs". */

import { expect, test } from "vitest";
import { A6_EXAMPLE, RetryPolicy } from "./retry-policy.ts";

const UNTHROTTLED = { ...A6_EXAMPLE, maxTokens: 1_000 };

test("the n-th retry waits random(0, min(initialBackoff × backoffMultiplier^(n − 1), maxBackoff))", () => {
  const policy = new RetryPolicy({ ...UNTHROTTLED, maxAttempts: 10 }, () => 0.5);
  expect([1, 2, 3, 4, 5, 6].map((attempt) => policy.didFail(attempt))).toEqual([50, 100, 200, 400, 500, 500]);
});

test("a call has at most maxAttempts attempts", () => {
  const policy = new RetryPolicy(UNTHROTTLED, () => 0.5);
  expect(policy.didFail(3)).toBe(200);
  expect(policy.didFail(4)).toBeUndefined();
});

test("without more than half of the tokens nothing is repeated, until successes return them", () => {
  const policy = new RetryPolicy(A6_EXAMPLE, () => 0.5);
  const failures = Array.from({ length: 6 }, () => policy.didFail(1));
  expect(failures).toEqual([50, 50, 50, 50, undefined, undefined]);
  // 4 tokens are left. The next failure takes one more, so repeating takes more than 6.
  for (let i = 0; i < 20; i++) policy.didSucceed();
  expect(policy.didFail(1)).toBeUndefined();
  for (let i = 0; i < 11; i++) policy.didSucceed();
  expect(policy.didFail(1)).toBe(50);
});
