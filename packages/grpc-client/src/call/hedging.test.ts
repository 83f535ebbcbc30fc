import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, expect, test } from "vitest";
import { ChannelEvents } from "../events.ts";
import { Hedging } from "./hedging.ts";
import { createRetryBudget, type RetryBudget } from "./retry-budget.ts";
import { RetryPermits } from "./retry-permits.ts";

const PATH = "/test.Echo/Say";
const latency: { p95Ms: number | undefined } = { p95Ms: 40 };
let budget: RetryBudget;
let hedging: Hedging;

beforeEach(() => {
  budget = createRetryBudget();
  hedging = new Hedging(latency, new RetryPermits(budget, new FakeClock(), new ChannelEvents()));
  latency.p95Ms = 40;
});

function startCalls(count: number): void {
  for (let i = 0; i < count; i++) hedging.didStart();
}

test("the delay is the p95 of response times, at least 10 ms, and unknown at first", () => {
  const delays = [undefined, 3, 40].map((p95Ms) => {
    latency.p95Ms = p95Ms;
    return hedging.didStart();
  });
  expect(delays).toEqual([undefined, 10, 40]);
});

test("one call in twenty may have a hedge, and ten hedges at most are saved up", () => {
  startCalls(19);
  expect(hedging.mayHedge).toBe(false);
  startCalls(2);
  expect(hedging.mayHedge).toBe(true);
  hedging.didHedge(PATH);
  expect(hedging.mayHedge).toBe(false);
  startCalls(10_000);
  for (let i = 0; i < 9; i++) hedging.didHedge(PATH);
  expect(budget.balance).toBe(0);
});

test("each hedge takes a token of the retry budget, and without one there is none", () => {
  startCalls(1_000);
  expect(hedging.mayHedge).toBe(true);
  while (budget.tryWithdraw());
  expect(hedging.mayHedge).toBe(false);
});

test("while more than one in twenty attempts fails there is none", () => {
  startCalls(1_000);
  for (let i = 0; i < 6; i++) hedging.didEnd("failure");
  expect(hedging.mayHedge).toBe(false);
  for (let i = 0; i < 30; i++) hedging.didEnd("success");
  expect(hedging.mayHedge).toBe(true);
});
