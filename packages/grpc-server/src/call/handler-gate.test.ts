import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { HandlerGate } from "./handler-gate.ts";
import { type LiveCall, LiveCalls } from "./live-calls.ts";

const UNARY: LiveCall = {
  path: "/test.Echo/Say",
  holdsDrain: true,
  startedMs: 0,
  awaitsRequest: false,
  fail: () => {},
};
const WATCH: LiveCall = { ...UNARY, holdsDrain: false };

function gateOf(inFlight: number, random = 0.5): HandlerGate {
  const calls = new LiveCalls(() => {});
  for (let i = 0; i < inFlight; i++) calls.didStart({ ...UNARY });
  return new HandlerGate({ calls, maxCalls: 2, random: () => random });
}

test("as many calls as the limit allows reach their handlers, and one more is asked to come back", () => {
  expect(gateOf(2).refusalOf(UNARY)).toBeUndefined();
  expect(gateOf(3).refusalOf(UNARY)).toMatchObject({
    error: {
      code: Code.ResourceExhausted,
      rawMessage: "2 calls are in flight, as many as GRPC_MAX_CALLS allows",
    },
    pushbackMs: 100,
  });
});

test.for([
  [0, 50],
  [1, 150],
])("with the random number %d the rest is %d ms", ([random, pushbackMs]) => {
  expect(gateOf(3, random).refusalOf(UNARY)).toMatchObject({ pushbackMs });
});

test("a call that is kept open without end is not counted against the limit", () => {
  expect(gateOf(3).refusalOf(WATCH)).toBeUndefined();
});

test("after the end of a drain every call is told to go elsewhere at once", () => {
  const gate = gateOf(0);
  gate.close();
  expect(gate.refusalOf(UNARY)).toMatchObject({ error: { code: Code.Unavailable }, pushbackMs: 0 });
  expect(gate.refusalOf(WATCH)).toMatchObject({ pushbackMs: 0 });
});
