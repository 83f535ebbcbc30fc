import { FakeClock } from "@agent-team/foundation/fake-clock";
import { afterEach, expect, test } from "vitest";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { Refresh, type RefreshOptions } from "./refresh.ts";

/** With this random number the jitter of ± 10 % is 0. */
const MIDDLE = 0.5;

/** A schedule with queries that the test answers, and a record of their times. */
class Bench {
  readonly clock = new FakeClock();
  readonly askedMs: number[] = [];
  readonly refresh: Refresh;
  ttlMs: number | undefined = 10_000;
  randomNumber = MIDDLE;
  /** Set: queries do not end until it is called. */
  answer: (() => void) | undefined;
  isSlow = false;

  constructor(options: RefreshOptions = RESOLVER_DEFAULTS) {
    const ask = (): Promise<number | undefined> => {
      this.askedMs.push(this.clock.now());
      if (!this.isSlow) return Promise.resolve(this.ttlMs);
      const { promise, resolve } = Promise.withResolvers<number | undefined>();
      this.answer = () => resolve(this.ttlMs);
      return promise;
    };
    this.refresh = new Refresh({ clock: this.clock, random: () => this.randomNumber, ask }, options);
  }

  /** Clears the record and advances the clock. */
  async asksWithin(ms: number): Promise<readonly number[]> {
    this.askedMs.length = 0;
    await this.clock.advanceAsync(ms);
    return [...this.askedMs];
  }
}

let bench: Bench | undefined;

function start(ttlMs = 10_000, options?: RefreshOptions): Bench {
  bench = new Bench(options);
  bench.ttlMs = ttlMs;
  bench.refresh.start();
  return bench;
}

function startFailing(): Bench {
  const schedule = new Bench();
  schedule.ttlMs = undefined;
  schedule.refresh.start();
  bench = schedule;
  return schedule;
}

afterEach(() => {
  bench?.refresh.close();
  expect(bench?.clock.pendingTimers).toBe(0);
  bench = undefined;
});

test("the first query is made at once, and the next ones when the TTL has passed", async () => {
  const { askedMs } = start();
  expect(askedMs).toEqual([0]);
  expect(await bench?.asksWithin(30_000)).toEqual([10_000, 20_000, 30_000]);
});

test.each([
  [0, 5_000],
  [1_000, 5_000],
  [300_000, 30_000],
])("a TTL of %d ms leads to an interval of %d ms", async (ttlMs, intervalMs) => {
  const schedule = start(ttlMs);
  await schedule.clock.advanceAsync(0);
  const [first, second] = await schedule.asksWithin(70_000);
  expect((second ?? 0) - (first ?? 0)).toBe(intervalMs);
});

test.each([
  [0, 9_000],
  [1, 11_000],
])("a random number of %d moves the next query to %d ms", async (randomNumber, atMs) => {
  const schedule = start();
  schedule.randomNumber = randomNumber;
  expect(await schedule.asksWithin(11_500)).toEqual([atMs]);
});

test("a request leads to a query at once if the last query is a second old, and many requests lead to one", async () => {
  const schedule = start();
  await schedule.clock.advanceAsync(3_000);
  schedule.refresh.request("connection-lost");
  schedule.refresh.request("goaway");
  expect(await schedule.asksWithin(10_000)).toEqual([3_000, 13_000]);
});

test("two queries are at least a second apart", async () => {
  const schedule = start();
  await schedule.clock.advanceAsync(200);
  schedule.refresh.request("goaway");
  expect(await schedule.asksWithin(5_000)).toEqual([1_000]);
});

test("one query runs at a time, and requests during it lead to one more query afterwards", async () => {
  const schedule = new Bench();
  bench = schedule;
  schedule.isSlow = true;
  schedule.refresh.start();
  await schedule.clock.advanceAsync(4_000);
  schedule.refresh.request("connection-lost");
  schedule.refresh.request("connect-failed");
  expect(schedule.askedMs).toEqual([0]);
  schedule.isSlow = false;
  schedule.answer?.();
  expect(await schedule.asksWithin(9_000)).toEqual([4_000]);
});

test("failures lead to a backoff from 1 s to 30 s", async () => {
  const schedule = startFailing();
  schedule.randomNumber = 1;
  const asked = [0, ...(await schedule.asksWithin(125_000))];
  const gaps = asked.slice(1).map((atMs, index) => atMs - (asked[index] ?? 0));
  expect(gaps).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("the backoff begins anew after an answer", async () => {
  const schedule = startFailing();
  schedule.randomNumber = 0;
  await schedule.clock.advanceAsync(20_000);
  schedule.ttlMs = 10_000;
  await schedule.clock.advanceAsync(1_000);
  schedule.ttlMs = undefined;
  const [failed = 0, again = 0] = await schedule.asksWithin(20_000);
  expect(again - failed).toBe(1_000);
});

test("only nothing-ready interrupts the backoff, once a second", async () => {
  const schedule = startFailing();
  schedule.randomNumber = 1;
  await schedule.clock.advanceAsync(8_000);
  schedule.refresh.request("connect-failed");
  expect(await schedule.asksWithin(2_000)).toEqual([]);
  schedule.refresh.request("nothing-ready");
  expect(await schedule.asksWithin(0)).toEqual([10_000]);
});

test("nothing-ready is kept when a less urgent request follows", async () => {
  const schedule = startFailing();
  schedule.randomNumber = 1;
  await schedule.clock.advanceAsync(8_000);
  schedule.isSlow = true;
  schedule.refresh.request("nothing-ready");
  await schedule.clock.advanceAsync(1_500);
  schedule.refresh.request("nothing-ready");
  schedule.refresh.request("connection-lost");
  schedule.isSlow = false;
  schedule.answer?.();
  await schedule.clock.advanceAsync(0);
  expect(schedule.askedMs).toEqual([0, 1_000, 3_000, 7_000, 8_000, 9_500]);
});

test("in standby one query a minute is made, and leaving standby queries at once when the answer is old", async () => {
  const schedule = start();
  schedule.refresh.setStandby(true);
  await schedule.clock.advanceAsync(0);
  expect(await schedule.asksWithin(130_000)).toEqual([60_000, 120_000]);
  schedule.refresh.setStandby(false);
  expect(await schedule.asksWithin(9_999)).toEqual([130_000]);
});

test("leaving standby with a recent answer waits for its TTL", async () => {
  const schedule = start();
  schedule.refresh.setStandby(true);
  await schedule.clock.advanceAsync(4_000);
  schedule.refresh.setStandby(false);
  expect(await schedule.asksWithin(10_000)).toEqual([10_000]);
});

test("a lower minTtlMs shortens both the TTL and the interval of requests", async () => {
  const schedule = start(0, { minTtlMs: 100 });
  await schedule.clock.advanceAsync(0);
  expect(await schedule.asksWithin(300)).toEqual([100, 200, 300]);
});

test("after close no query is made, even if a late answer comes", async () => {
  const schedule = new Bench();
  bench = schedule;
  schedule.isSlow = true;
  schedule.refresh.start();
  schedule.refresh.close();
  schedule.answer?.();
  schedule.refresh.request("goaway");
  schedule.refresh.setStandby(true);
  expect(await schedule.asksWithin(100_000)).toEqual([]);
});
