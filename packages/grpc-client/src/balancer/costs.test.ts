import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, expect, test } from "vitest";
import { attemptAt, endAttempt, learningLoads, OUTCOME } from "../../test/support/loads.ts";
import type { EndpointLoad, EndpointLoads } from "../endpoint-load.ts";
import type { Outcome } from "../outcome.ts";
import { slowFactor } from "./cost.ts";
import type { Costs } from "./costs.ts";

/** Of a tenfold time, when so many times have been the same that their variance is 0. */
const TENFOLD = slowFactor(10 ** (16 / 17));
const MANY = 64;

let clock: FakeClock;
let loads: EndpointLoads;
let costs: Costs;

beforeEach(() => {
  clock = new FakeClock();
  ({ loads, costs } = learningLoads(clock));
});

function fleet(...keys: string[]): EndpointLoad[] {
  return keys.map((key) => loads.of(key));
}

/** A call that begins now and has the outcome after `durationMs`. */
function call(load: EndpointLoad, durationMs: number, outcome: Partial<Outcome> = {}): void {
  const attempt = attemptAt(clock.now());
  load.didStart(attempt);
  clock.advance(durationMs);
  endAttempt(load, attempt, { ...OUTCOME, ttfbMs: durationMs, durationMs, ...outcome });
}

test("an endpoint that is slower than the median costs more, and one that is faster does not cost less", () => {
  const [a, b, c] = fleet("a", "b", "c") as [EndpointLoad, EndpointLoad, EndpointLoad];
  costs.update([a, b, c]);
  for (let i = 0; i < MANY; i++) {
    call(a, 5);
    call(b, 10);
    call(c, 100);
  }
  expect([a.costFactor, b.costFactor]).toEqual([1, 1]);
  expect(c.costFactor).toBeCloseTo(TENFOLD);
});

test("of two endpoints the faster is the median", () => {
  const [a, b] = fleet("a", "b") as [EndpointLoad, EndpointLoad];
  costs.update([a, b]);
  for (let i = 0; i < MANY; i++) {
    call(a, 10);
    call(b, 100);
  }
  expect(a.costFactor).toBe(1);
  expect(b.costFactor).toBeCloseTo(TENFOLD);
});

test("of a stream the first response bytes count, also while it goes on", () => {
  const [a, b] = fleet("a", "b") as [EndpointLoad, EndpointLoad];
  costs.update([a, b]);
  for (let i = 0; i < MANY; i++) {
    for (const [load, ttfbMs] of [
      [a, 10],
      [b, 100],
    ] as const) {
      const stream = attemptAt(clock.now(), true);
      load.didStart(stream);
      clock.advance(ttfbMs);
      load.didRespond(stream, ttfbMs);
    }
  }
  clock.advance(100);
  expect(b.costFactor).toBeCloseTo(TENFOLD);
  expect(b.inFlight).toBe(MANY);
});

test("an error's response time does not count", () => {
  const [a, b] = fleet("a", "b") as [EndpointLoad, EndpointLoad];
  costs.update([a, b]);
  for (let i = 0; i < 32; i++) {
    call(a, 1, { class: "rejected" });
    call(b, 100);
  }
  expect(b.costFactor).toBe(1);
});

test("censored observation: attempts without response bytes count as slow, again at each doubling", () => {
  const [a, b] = fleet("a", "b") as [EndpointLoad, EndpointLoad];
  costs.update([a, b]);
  for (let i = 0; i < 30; i++) call(a, 10);
  const hung = [attemptAt(clock.now()), attemptAt(clock.now())];
  for (const attempt of hung) b.didStart(attempt);
  clock.advance(100); // twice the p95 is 21 ms
  expect(hung.map(({ censoredMs }) => censoredMs > 21)).toEqual([true, true]);
  expect(b.costFactor).toBeGreaterThan(1.5);
  const first = b.costFactor;
  const firstMs = hung[0]?.censoredMs ?? 0;
  clock.advance(100);
  expect(hung[0]?.censoredMs).toBeGreaterThanOrEqual(2 * firstMs);
  expect(b.costFactor).toBeGreaterThan(first);
  clock.advance(60_000);
  // While they wait it does not fall, although the doublings are far apart.
  expect(b.costFactor).toBeGreaterThan(10);
  const waiting = b.costFactor;
  clock.advance(15_000);
  expect(b.costFactor).toBe(waiting);
});

test("after a look that found no call in flight the next one comes a second later, and then every 100 ms again", () => {
  const [a, b] = fleet("a", "b") as [EndpointLoad, EndpointLoad];
  costs.update([a, b]);
  for (let i = 0; i < 30; i++) call(a, 10);
  clock.advance(100);
  expect(clock.pendingTimers).toBe(0);
  const first = attemptAt(clock.now());
  b.didStart(first);
  clock.advance(999);
  expect(first.censoredMs).toBe(0);
  clock.advance(1);
  expect(first.censoredMs).toBe(1_000);
  const second = attemptAt(clock.now());
  b.didStart(second);
  clock.advance(100);
  expect(second.censoredMs).toBe(100);
});

test("attempts that were held up by this process say nothing about an endpoint", () => {
  const [a, b] = fleet("a", "b") as [EndpointLoad, EndpointLoad];
  costs.update([a, b]);
  const attempt = attemptAt(clock.now());
  a.didStart(attempt);
  clock.block(2_000);
  clock.advance(0);
  expect(attempt.censoredMs).toBe(0);
  endAttempt(a, attempt, { ...OUTCOME, ttfbMs: 2_100, durationMs: 2_100 });
  for (let i = 0; i < 32; i++) {
    const quick = attemptAt(clock.now());
    b.didStart(quick);
    endAttempt(b, quick, { ...OUTCOME, ttfbMs: 10, durationMs: 10 });
  }
  clock.advance(300);
  expect([a.costFactor, b.costFactor]).toEqual([1, 1]);
});

test("slow start: an endpoint that joins three others begins at a tenth of its share and has all of it after 30 s", () => {
  costs.update(fleet("a", "b", "c"));
  costs.update(fleet("a", "b", "c", "new"));
  const load = loads.of("new");
  expect(load.costFactor).toBe(10);
  clock.advance(6_000);
  expect(load.costFactor).toBeCloseTo(5);
  clock.advance(9_000);
  expect(load.costFactor).toBeCloseTo(2);
  clock.advance(15_000);
  expect(load.costFactor).toBe(1);
  expect(clock.pendingTimers, "the timer after everything has settled").toBe(0);
});

test("slow start is off at the start of a channel, and while more than a third of the fleet is new", () => {
  costs.update(fleet("a"));
  costs.update(fleet("a", "b"));
  costs.update(fleet("a", "b", "c"));
  expect(fleet("a", "b", "c").map(({ costFactor }) => costFactor)).toEqual([1, 1, 1]);
  clock.advance(30_000);
  costs.update(fleet("a", "b", "c", "d"));
  expect(loads.of("d").costFactor).toBe(10);
  costs.update(fleet("a", "b", "c", "d", "e"));
  expect(fleet("d", "e").map(({ costFactor }) => costFactor)).toEqual([1, 1]);
});

test("slow start is off when a whole fleet takes over from another", () => {
  costs.update(fleet("a", "b", "c"));
  clock.advance(20_000);
  costs.update(fleet("x", "y", "z"));
  expect(fleet("x", "y", "z").map(({ costFactor }) => costFactor)).toEqual([1, 1, 1]);
});

test("an endpoint that reconnects within 10 s does not start anew, one that was away longer does", () => {
  costs.update(fleet("a", "b", "c", "d"));
  costs.update(fleet("a", "b", "c"));
  clock.advance(10_000);
  costs.update(fleet("a", "b", "c", "d"));
  expect(loads.of("d").costFactor).toBe(1);
  costs.update(fleet("a", "b", "c"));
  clock.advance(10_001);
  costs.update(fleet("a", "b", "c", "d"));
  expect(loads.of("d").costFactor).toBe(10);
});

test("slowStartMs: 0 turns slow start off", () => {
  ({ loads, costs } = learningLoads(clock, 0));
  costs.update(fleet("a", "b", "c"));
  costs.update(fleet("a", "b", "c", "new"));
  expect(loads.of("new").costFactor).toBe(1);
});

test("time alone renews the factors while anything changes, and the timer ends on an idle channel", () => {
  const [a, b] = fleet("a", "b") as [EndpointLoad, EndpointLoad];
  costs.update([a, b]);
  expect(clock.pendingTimers).toBe(0);
  call(a, 1, { kind: "failure", class: "rejected", ttfbMs: undefined });
  expect(a.costFactor).toBe(56);
  clock.advance(10_000);
  expect(a.failureRate).toBeCloseTo(1 / Math.E, 2);
  clock.advance(40_000);
  expect([a.costFactor, a.failureRate]).toEqual([1, 0]);
  expect(clock.pendingTimers).toBe(0);
});

test("an endpoint that has left is forgotten after a minute, and a closed channel renews nothing", () => {
  const [a] = fleet("a") as [EndpointLoad];
  costs.update([a]);
  loads.forget("a");
  clock.advance(60_000);
  loads.of("a");
  call(a, 1, { kind: "failure", class: "rejected" });
  clock.advance(100);
  expect(clock.pendingTimers).toBe(0);
  costs.close();
  const [b] = fleet("b") as [EndpointLoad];
  b.didStart(attemptAt(clock.now()));
  expect(clock.pendingTimers).toBe(0);
});
