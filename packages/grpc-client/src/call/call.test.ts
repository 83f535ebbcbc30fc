import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import type { CallSink } from "../client-call.ts";
import { ChannelError } from "../errors.ts";
import { ChannelEvents } from "../events.ts";
import { Metadata } from "../metadata.ts";
import type { Outcome } from "../outcome.ts";
import type { PickedSubchannel, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import { Call } from "./call.ts";
import { DeadlineWheel } from "./deadline.ts";
import { createRetryBudget } from "./retry-budget.ts";

/** The timer of the deadlines runs this much longer than the last call at most. */
const SLOT_MS = 10;

const REFUSED: StreamEnd = {
  code: Status.unavailable,
  message: "refused",
  trailers: Metadata.empty,
  origin: "transport",
  processing: "refused",
};

function endpoint(open: PickedSubchannel["open"]): PickedSubchannel & { readonly outcomes: Outcome[] } {
  const outcomes: Outcome[] = [];
  return {
    key: "10.0.10.7:50051",
    endpoint: { host: "10.0.10.7", port: 50051, kind: "task", lane: 0 },
    inFlight: 0,
    outcomes,
    open,
    didEnd: (outcome) => void outcomes.push(outcome),
  };
}

/** A call that always gets this endpoint. */
function makeCall(subchannel: PickedSubchannel, sink: Partial<CallSink>): { call: Call; clock: FakeClock } {
  const clock = new FakeClock();
  const ignore = (): void => {};
  const method = { path: "/test.Echo/Say", unaryRequest: false, unaryResponse: true, idempotent: true };
  const fullSink = { onHeaders: ignore, onMessage: ignore, onDrain: ignore, onEnd: ignore, ...sink };
  const call = new Call(method, {}, 1_000, fullSink, {
    picks: {
      request: (waiter: PickWaiter) => waiter.didPick(subchannel),
      withdraw: ignore,
      grow: () => true,
      explain: () => "",
    },
    clock,
    random: () => 0,
    deadlines: new DeadlineWheel(clock),
    budget: createRetryBudget(),
    events: new ChannelEvents(),
  });
  return { call, clock };
}

/** Makes a call to an endpoint that throws when a stream is opened on it. */
function callThatThrows(thrown: unknown): { error: ChannelError | undefined; opens: number; outcomes: Outcome[] } {
  let [opens, error] = [0, undefined as ChannelError | undefined];
  const subchannel = endpoint(() => {
    opens++;
    throw thrown;
  });
  const { call, clock } = makeCall(subchannel, { onEnd: (ended) => void (error = ended) });
  call.send(Buffer.from("hello"), true);
  call.start();
  clock.advance(SLOT_MS);
  expect(clock.pendingTimers).toBe(0);
  expect(subchannel.inFlight).toBe(0);
  return { error, opens, outcomes: subchannel.outcomes };
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

test("a caller that was told to wait goes on when a retry has room for what it had sent", () => {
  const sinks: StreamSink[] = [];
  const stream: Stream = {
    sendMessage: () => sinks.length > 1, // the first stream has no room, the second has
    halfClose() {},
    cancel() {},
    pause() {},
    resume() {},
  };
  const subchannel = endpoint((_, sink) => {
    sinks.push(sink);
    return stream;
  });
  let drains = 0;
  const { call } = makeCall(subchannel, { onDrain: () => drains++ });
  call.start();
  expect(call.send(Buffer.from("hello"), false)).toBe(false);
  expect(drains).toBe(0);
  sinks[0]?.onEnd(REFUSED);
  expect(sinks).toHaveLength(2);
  expect(drains).toBe(1);
  call.cancel();
});

test("a sink that cancels when it gets the headers of a unary response gets no message, and one end", () => {
  const heard: string[] = [];
  const sinks: StreamSink[] = [];
  const stream: Stream = { sendMessage: () => true, halfClose() {}, cancel() {}, pause() {}, resume() {} };
  const subchannel = endpoint((_, sink) => {
    sinks.push(sink);
    return stream;
  });
  const { call } = makeCall(subchannel, {
    onHeaders: () => {
      heard.push("headers");
      call.cancel();
    },
    onMessage: () => heard.push("message"),
    onEnd: (error) => heard.push(`end ${error?.message}`),
  });
  call.start();
  sinks[0]?.onHeaders(Metadata.empty);
  sinks[0]?.onMessage(Buffer.from("hello"));
  sinks[0]?.onEnd({ ...REFUSED, code: Status.ok, message: "", origin: "server" });
  expect(heard).toEqual(["headers", "end [cancelled] the caller cancelled the call"]);
});
