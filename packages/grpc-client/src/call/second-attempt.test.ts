import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { EndpointLoads } from "../endpoint-load.ts";
import { ChannelEvents } from "../events.ts";
import { FleetLatency } from "../fleet-latency.ts";
import type { CompletePick } from "../picker.ts";
import type { CallDeps } from "./call-deps.ts";
import { DeadlineWheel } from "./deadline.ts";
import { Hedging } from "./hedging.ts";
import { createRetryBudget } from "./retry-budget.ts";
import { RetryPermits } from "./retry-permits.ts";
import { SecondAttempt, type TwiceRunningCall } from "./second-attempt.ts";

const HEDGE_MS = 40;

/** How often a call of `opened` attempts is hedged, whose current endpoint is the only one of its round. */
function hedgesAfter(opened: number): number {
  const [clock, events] = [new FakeClock(), new ChannelEvents()];
  const loads = new EndpointLoads({ latency: new FleetLatency(), clock, learners: [], onEligibility: () => {} });
  const other = { host: "10.0.10.8", port: 50051, kind: "task", lane: 0 } as const;
  const subchannel = { key: "b", endpoint: other, load: loads.of("b"), open: () => undefined };
  const permits = new RetryPermits(createRetryBudget(), clock, events);
  const latency = { p50Ms: undefined, p95Ms: HEDGE_MS };
  const hedging = new Hedging(latency, permits);
  for (let i = 0; i < 20; i++) hedging.didStart(); // one call in twenty
  const deps: CallDeps = {
    picks: {
      request() {},
      tryPick: () => ({ kind: "complete", subchannel }),
      withdraw() {},
      grow: () => true,
      explain: () => "",
    },
    clock,
    random: () => 0,
    deadlines: new DeadlineWheel(clock),
    permits,
    rules: {
      firstByteTimeoutMs: Number.POSITIVE_INFINITY,
      idleTimeoutMs: Number.POSITIVE_INFINITY,
      maxAttempts: 3,
      pushbackBeforeHandler: false,
      compression: "identity",
      idempotentMethods: new Set(),
    },
    latency,
    hedging,
    events,
  };
  const opens: CompletePick[] = [];
  const call: TwiceRunningCall = {
    method: { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: true },
    tried: ["a"],
    attempts: 0,
    opened,
    deadlineMs: 1_000,
    hasOneAttempt: true,
    openBeside: (pick) => void opens.push(pick),
  };
  const second = new SecondAttempt(call, deps);
  second.planHedge();
  clock.advance(2 * HEDGE_MS);
  second.stop();
  return opens.length;
}

test("a call gets a hedge in its first attempt, and none in a later one, also when a new round of endpoints has begun", () => {
  expect(hedgesAfter(1)).toBe(1);
  expect(hedgesAfter(3)).toBe(0);
});
