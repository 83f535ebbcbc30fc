import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import type { CallOptions, CallSink } from "../client-call.ts";
import { EndpointLoads } from "../endpoint-load.ts";
import { ChannelError } from "../errors.ts";
import { ChannelEvents } from "../events.ts";
import { FleetLatency } from "../fleet-latency.ts";
import { Metadata } from "../metadata.ts";
import type { Outcome } from "../outcome.ts";
import type { CompletePick, PickedSubchannel, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import { Call } from "./call.ts";
import { DeadlineWheel } from "./deadline.ts";
import { createRetryBudget } from "./retry-budget.ts";
import { RetryPermits } from "./retry-permits.ts";

/** The timer of the deadlines runs this much longer than the last call at most. */
const SLOT_MS = 10;

const REFUSED: StreamEnd = {
  code: Status.unavailable,
  message: "refused",
  trailers: Metadata.empty,
  origin: "transport",
  processing: "refused",
};

const SILENCE = { firstByteTimeoutMs: Number.POSITIVE_INFINITY, idleTimeoutMs: Number.POSITIVE_INFINITY };

function endpoint(open: PickedSubchannel["open"]): PickedSubchannel & { readonly outcomes: Outcome[] } {
  const outcomes: Outcome[] = [];
  const didEnd = (_attempt: unknown, outcome: Outcome): void => void outcomes.push(outcome);
  const learners = [() => ({ didStart() {}, didRespond() {}, didEnd })];
  const loads = new EndpointLoads({
    latency: new FleetLatency(),
    clock: new FakeClock(),
    learners,
    onEligibility: () => {},
  });
  return {
    key: "10.0.10.7:50051",
    endpoint: { host: "10.0.10.7", port: 50051, kind: "task", lane: 0 },
    load: loads.of("10.0.10.7:50051"),
    outcomes,
    open,
  };
}

interface CallInit {
  readonly onEnd?: CompletePick["onEnd"];
  /** In place of the endpoint. */
  readonly answer?: (waiter: PickWaiter) => void;
  /** Makes it a stream of responses that can go on. */
  readonly resume?: CallOptions["resume"];
}

/** A call that always gets this endpoint. */
function makeCall(
  subchannel: PickedSubchannel,
  sink: Partial<CallSink>,
  { onEnd, answer, resume }: CallInit = {},
): { call: Call; clock: FakeClock } {
  const clock = new FakeClock();
  const events = new ChannelEvents();
  const ignore = (): void => {};
  const isResumable = resume !== undefined;
  const method = { path: "/test.Echo/Say", unaryRequest: isResumable, unaryResponse: !isResumable, idempotent: true };
  const fullSink = { onHeaders: ignore, onMessage: ignore, onDrain: ignore, onEnd: ignore, ...sink };
  const call = new Call(method, { resume }, 1_000, fullSink, {
    picks: {
      request: answer ?? ((waiter) => waiter.didPick({ kind: "complete", subchannel, onEnd })),
      tryPick: () => undefined,
      withdraw: ignore,
      grow: () => true,
      explain: () => "",
    },
    clock,
    random: () => 0,
    deadlines: new DeadlineWheel(clock),
    permits: new RetryPermits(createRetryBudget(), clock, events),
    rules: {
      ...SILENCE,
      maxAttempts: 3,
      pushbackBeforeHandler: false,
      compression: "identity",
      idempotentMethods: new Set(),
    },
    latency: { p50Ms: undefined },
    hedging: undefined,
    events,
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
  expect(clock.refTimers, "the call's deadline").toBe(0);
  expect(subchannel.load.inFlight).toBe(0);
  return { error, opens, outcomes: subchannel.outcomes };
}

test("an error that opening a stream throws ends the call as internal at once, and no other endpoint is tried", () => {
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

test("a retry for which the picker has no place ends with the failure of the attempt before", () => {
  const [asked, ends]: [number[], (ChannelError | undefined)[]] = [[], []];
  const subchannel = endpoint((_head, sink) => {
    sink.onEnd({ ...REFUSED, message: "the database is away", origin: "server", processing: "maybe-processed" });
    return undefined;
  });
  const answer = (waiter: PickWaiter): void => {
    asked.push(waiter.attempts ?? 0);
    if (waiter.attempts === 0) waiter.didPick({ kind: "complete", subchannel });
    else waiter.didDrop();
  };
  const { call, clock } = makeCall(subchannel, { onEnd: (error) => ends.push(error) }, { answer });
  call.send(Buffer.from("hello"), true);
  call.start();
  clock.advance(SLOT_MS);
  expect([asked, ends.map((error) => error?.message)]).toEqual([[0, 1], ["[unavailable] the database is away"]]);
});

test("a stream that goes on and finds no place ends with the failure that broke it", () => {
  const ends: (ChannelError | undefined)[] = [];
  const resume = (last: Uint8Array): Uint8Array => last;
  const answer = (waiter: PickWaiter): void => {
    if (sinks.length < 2) waiter.didPick({ kind: "complete", subchannel });
    else waiter.didDrop();
  };
  const { call, sinks, subchannel } = callOnStream({ onEnd: (error) => ends.push(error) }, { answer, resume });
  call.send(Buffer.from("hello"), true);
  call.start();
  sinks[0]?.onEnd({ ...REFUSED, message: "not yet" });
  sinks[1]?.onHeaders(Metadata.empty);
  sinks[1]?.onMessage(Buffer.from("one"));
  sinks[1]?.onEnd({ ...REFUSED, message: "the host is gone", processing: "maybe-processed" });
  expect(ends.map((error) => error?.message)).toEqual(["[unavailable] the host is gone"]);
});

test("an error of ours keeps its code", () => {
  const { error, opens } = callThatThrows(new ChannelError(Status.resourceExhausted, "too large for the peer"));
  expect(error?.message).toBe("[resource_exhausted] too large for the peer");
  expect(opens).toBe(1);
});

test("a caller that waits for room gets onDrain when a retry has room for the messages sent so far", () => {
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
  const { call, sinks } = callOnStream({
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
  sinks[0]?.onEnd(OK);
  expect(heard).toEqual(["headers", "end [cancelled] the caller cancelled the call"]);
});

/** A stream that takes everything, and what `makeCall` returns for a call on it. */
function callOnStream(sink: Partial<CallSink> = {}, init?: CallInit) {
  const sinks: StreamSink[] = [];
  const stream: Stream = { sendMessage: () => true, halfClose() {}, cancel() {}, pause() {}, resume() {} };
  const subchannel = endpoint((_, sink) => {
    sinks.push(sink);
    return stream;
  });
  return { ...makeCall(subchannel, sink, init), subchannel, sinks };
}

const OK: StreamEnd = { ...REFUSED, code: Status.ok, message: "", origin: "server" };

test("an outcome has the time to the first response bytes, the duration, and the bytes of both directions", () => {
  const { call, clock, sinks, subchannel } = callOnStream();
  call.send(Buffer.from("hello"), true);
  clock.advance(100);
  call.start();
  clock.advance(20);
  sinks[0]?.onHeaders(Metadata.empty);
  sinks[0]?.onMessage(Buffer.from("hi"));
  clock.advance(5);
  sinks[0]?.onEnd(OK);
  expect(subchannel.outcomes).toMatchObject([
    { kind: "success", ttfbMs: 20, durationMs: 25, sentBytes: 5, receivedBytes: 2, timerLateMs: 0 },
  ]);
});

test("the outcome of an attempt that its deadline ended has the lateness of the timer", () => {
  const { call, clock, subchannel } = callOnStream();
  call.start();
  clock.advance(1_000 - 3);
  expect(subchannel.outcomes).toEqual([]);
  clock.advance(30);
  const [outcome] = subchannel.outcomes;
  expect(outcome).toMatchObject({ kind: "failure", code: Status.deadlineExceeded, ttfbMs: undefined });
  expect(outcome?.timerLateMs).toBe((outcome?.durationMs ?? 0) - 1_000);
});

test("the function that came with a pick gets the outcome of its attempt", () => {
  const ends: Outcome[] = [];
  const { call, sinks, subchannel } = callOnStream({}, { onEnd: (outcome) => void ends.push(outcome) });
  call.start();
  sinks[0]?.onHeaders(Metadata.empty);
  sinks[0]?.onMessage(Buffer.from("hi"));
  expect(ends).toEqual([]);
  sinks[0]?.onEnd(OK);
  expect(ends).toEqual(subchannel.outcomes);
  expect(ends).toHaveLength(1);
});
