import { expect, test } from "vitest";
import type { CallSink } from "../client-call.ts";
import { ChannelError } from "../errors.ts";
import { ChannelEvents } from "../events.ts";
import type { Outcome } from "../outcome.ts";
import type { PickedSubchannel, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import { Call } from "./call.ts";
import { DeadlineWheel } from "./deadline.ts";
import { createRetryBudget } from "./retry-budget.ts";

/** A call whose only endpoint throws when a stream is opened on it, and all that came of it. */
function callThatThrows(thrown: unknown): { error: ChannelError | undefined; opens: number; outcomes: Outcome[] } {
  const seen = { error: undefined as ChannelError | undefined, opens: 0, outcomes: [] as Outcome[] };
  const subchannel: PickedSubchannel = {
    key: "10.0.10.7:50051",
    endpoint: { host: "10.0.10.7", port: 50051, kind: "task", lane: 0 },
    inFlight: 0,
    open: () => {
      seen.opens++;
      throw thrown;
    },
    didEnd: (outcome) => void seen.outcomes.push(outcome),
  };
  const clock = new FakeClock();
  const sink: CallSink = {
    onHeaders() {},
    onMessage() {},
    onDrain() {},
    onEnd: (error) => void (seen.error = error),
  };
  const method = { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: true };
  const call = new Call(method, {}, 1_000, sink, {
    picks: { request: (waiter: PickWaiter) => waiter.didPick(subchannel), withdraw() {} },
    clock,
    random: () => 0,
    deadlines: new DeadlineWheel(clock),
    budget: createRetryBudget(),
    events: new ChannelEvents(),
  });
  call.send(Buffer.from("hello"), true);
  call.start();
  expect(clock.pendingTimers).toBe(0);
  expect(subchannel.inFlight).toBe(0);
  return seen;
}

test("what throws while a stream is opened is internal at once, and no other endpoint is tried", () => {
  const fault = new TypeError("not a header");
  const { error, opens, outcomes } = callThatThrows(fault);
  expect(error).toMatchObject({
    message: "[internal] /test.Echo/Say could not be sent: not a header",
    cause: fault,
    maybeProcessed: false,
  });
  expect(opens).toBe(1);
  expect(outcomes).toMatchObject([{ kind: "ignorable", origin: "local" }]);
});

test("an error of ours keeps its code", () => {
  const { error, opens } = callThatThrows(new ChannelError(Status.resourceExhausted, "too large for the peer"));
  expect(error?.message).toBe("[resource_exhausted] too large for the peer");
  expect(opens).toBe(1);
});
