import { FakeClock } from "@agent-team/foundation/fake-clock";
import { describe, expect, test } from "vitest";
import { attemptAt as attempt, OUTCOME } from "../test/support/loads.ts";
import { type EndpointLoad, EndpointLoads } from "./endpoint-load.ts";
import { FleetLatency } from "./fleet-latency.ts";
import type { Outcome } from "./outcome.ts";

function makeLoads(): {
  loads: EndpointLoads;
  clock: FakeClock;
  learned: (string | number | Outcome)[];
  flips: boolean[];
} {
  const clock = new FakeClock();
  const learned: (string | number | Outcome)[] = [];
  const flips: boolean[] = [];
  const learner = ({ key }: EndpointLoad) => ({
    didStart: () => void learned.push(key, "started"),
    didRespond: (_attempt: unknown, ttfbMs: number) => void learned.push(key, ttfbMs),
    didEnd: (_attempt: unknown, outcome: Outcome, nowMs: number) => void learned.push(key, outcome, nowMs),
  });
  const loads = new EndpointLoads({
    clock,
    latency: new FleetLatency(),
    learners: [learner],
    onEligibility: ({ isEligible }) => void flips.push(isEligible),
  });
  return { loads, clock, learned, flips };
}

test("attempts are in flight until their end, and await a response until its first bytes or their end", () => {
  const load = makeLoads().loads.of("a:1");
  const [first, second] = [attempt(1), attempt(2)];
  load.didStart(first);
  load.didStart(second);
  expect(load.awaitingResponse.first?.startedMs).toBe(1);
  load.didRespond(first, 5);
  expect([load.inFlight, load.awaitingResponse.first?.startedMs]).toEqual([2, 2]);
  load.didEnd(second, { ...OUTCOME, ttfbMs: undefined });
  expect([load.inFlight, load.awaitingResponse.first]).toEqual([1, undefined]);
  load.didEnd(first, { ...OUTCOME, ttfbMs: 5 });
  expect(load.inFlight).toBe(0);
});

test("each learner of an endpoint gets each start, response and outcome of that endpoint", () => {
  const { loads, learned } = makeLoads();
  const one = attempt(100);
  const failed: Outcome = { ...OUTCOME, kind: "failure", durationMs: 9 };
  loads.of("a:1").didStart(one);
  loads.of("a:1").didRespond(one, 7);
  loads.of("a:1").didEnd(one, failed);
  expect(learned).toEqual(["a:1", "started", "a:1", 7, "a:1", failed, 109]);
});

test("the cost factor is the product of the factors", () => {
  const load = makeLoads().loads.of("a:1");
  expect(load.costFactor).toBe(1);
  load.setFactor("zone", 1.5);
  load.setFactor("weight", 4);
  expect(load.costFactor).toBe(6);
  load.setFactor("zone", 1);
  expect(load.costFactor).toBe(4);
});

test("an endpoint is eligible again when no reason against it is left, and each change is reported once", () => {
  const { loads, flips } = makeLoads();
  const load = loads.of("a:1");
  load.exclude("ejected");
  load.exclude("unverified");
  load.exclude("ejected");
  expect([load.isEligible, load.exclusion]).toEqual([false, "ejected"]);
  load.admit("ejected");
  expect([load.isEligible, load.exclusion]).toEqual([false, "unverified"]);
  load.admit("unverified");
  load.admit("unverified");
  expect([load.isEligible, load.exclusion]).toEqual([true, undefined]);
  expect(flips).toEqual([false, true]);
});

test("attempts leave a suspect peer for nothing once in a minute, and are asked again while it is suspect", () => {
  const { loads, clock } = makeLoads();
  const load = loads.of("a:1");
  let asked = 0;
  load.didStart({ ...attempt(1), onSuspect: () => asked++ });
  load.offerMoves();
  expect(asked).toBe(0);
  const becomesSuspect = (): boolean => {
    load.exclude("suspect");
    load.admit("suspect");
    return load.areMovesFree;
  };
  load.exclude("suspect");
  load.offerMoves();
  expect([asked, load.areMovesFree]).toEqual([2, true]);
  load.admit("suspect");
  clock.advance(59_999);
  expect(becomesSuspect()).toBe(false);
  clock.advance(1);
  expect(becomesSuspect()).toBe(true);
});

describe("a load", () => {
  test("is kept by its endpoint's key, and for 60 s after the endpoint was removed", () => {
    const { loads, clock } = makeLoads();
    const load = loads.of("a:1");
    load.exclude("ejected");
    expect(loads.of("a:1")).toBe(load);
    loads.forget("a:1");
    clock.advance(59_999);
    expect(loads.of("a:1")).toBe(load);
    loads.forget("a:1");
    clock.advance(60_000);
    expect(loads.of("a:1")).not.toBe(load);
    expect(loads.of("a:1").isEligible).toBe(true);
  });

  test("is one of at most a thousand of removed endpoints: the oldest is dropped", () => {
    const { loads } = makeLoads();
    const all = Array.from({ length: 1_001 }, (_, i) => loads.of(`a:${i}`));
    for (const { key } of all) loads.forget(key);
    expect(loads.of("a:0")).not.toBe(all[0]);
    expect(loads.of("a:1")).toBe(all[1]);
  });

  test("is not kept for an endpoint that was never listed", () => {
    const { loads } = makeLoads();
    loads.forget("a:1");
    expect(loads.of("a:1").inFlight).toBe(0);
  });
});
