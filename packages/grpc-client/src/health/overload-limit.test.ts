import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, expect, test } from "vitest";
import { attemptAt, OUTCOME } from "../../test/support/loads.ts";
import { type EndpointLoad, EndpointLoads, type LoadAttempt } from "../endpoint-load.ts";
import { FleetLatency } from "../fleet-latency.ts";
import type { Outcome } from "../outcome.ts";
import { Status } from "../status.ts";
import { OverloadLimit } from "./overload-limit.ts";

let clock: FakeClock;
let load: EndpointLoad;
let rooms: number;

beforeEach(() => {
  clock = new FakeClock();
  rooms = 0;
  const learners = [(created: EndpointLoad) => new OverloadLimit(created, () => void rooms++)];
  load = new EndpointLoads({ latency: new FleetLatency(), clock, learners, onEligibility: () => {} }).of("a:1");
});

const PUSHED_BACK: Partial<Outcome> = {
  kind: "failure",
  class: "rejected",
  code: Status.resourceExhausted,
  pushback: true,
};

function start(count: number): LoadAttempt[] {
  return Array.from({ length: count }, () => {
    const attempt = attemptAt(clock.now());
    load.didStart(attempt);
    return attempt;
  });
}

function end(attempt: LoadAttempt | undefined, rest: Partial<Outcome> = {}): void {
  if (attempt === undefined) throw new Error("expected an attempt");
  const durationMs = clock.now() - attempt.startedMs;
  load.didEnd(attempt, { ...OUTCOME, ttfbMs: undefined, durationMs, ...rest });
}

test("5.3: pushback limits the endpoint to 0.7 of its calls in flight", () => {
  const attempts = start(10);
  end(attempts[0], PUSHED_BACK);
  expect(load.maxInFlight).toBe(7);
  end(attempts[1], PUSHED_BACK);
  expect(load.maxInFlight).toBe(6); // 0.7 × 9
});

test("5.3: the limit is at least one call", () => {
  end(start(1)[0], PUSHED_BACK);
  expect(load.maxInFlight).toBe(1);
});

test("RESOURCE_EXHAUSTED without pushback, the quota of one caller, limits nothing", () => {
  end(start(10)[0], { ...PUSHED_BACK, pushback: false });
  expect([load.maxInFlight, rooms]).toEqual([Number.POSITIVE_INFINITY, 0]);
});

test("5.3: as many successes as the limit raise it by one, and each end makes room", () => {
  const attempts = start(4);
  end(attempts[0], PUSHED_BACK);
  expect(load.maxInFlight).toBe(2);
  end(attempts[1]);
  expect(load.maxInFlight).toBe(2);
  end(attempts[2]);
  expect(load.maxInFlight).toBe(3);
  expect(rooms).toBe(3);
});

test("5.3: after 60 s without pushback there is no limit", () => {
  const attempts = start(4);
  end(attempts[0], PUSHED_BACK);
  clock.advance(60_000);
  end(attempts[1]);
  expect(load.maxInFlight).toBe(2);
  clock.advance(1);
  end(attempts[2]);
  expect(load.maxInFlight).toBe(Number.POSITIVE_INFINITY);
});
