import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { Echo } from "../../test/echo.ts";
import type { WireCall } from "../wire.ts";
import { CallContext } from "./context.ts";

/** A call with a deadline in `leftMs`. */
function contextOf(leftMs: number): CallContext {
  const clock = new FakeClock();
  const wire = { deadlineMs: clock.now() + leftMs } as WireCall;
  return new CallContext(Echo.method.unary, wire, clock, "http");
}

test.for([
  [5_000, 5_000],
  [0, 1],
  [-20, 1],
  [Number.POSITIVE_INFINITY, undefined],
] as const)("with %s ms until the deadline, timeoutMs() is %s", ([leftMs, expected]) => {
  expect(contextOf(leftMs).timeoutMs()).toBe(expected);
});
