import { expect, test } from "vitest";
import { quantile } from "./calls.ts";
import { FifoHost } from "./fifo-host.ts";
import { Heap } from "./heap.ts";
import { HEALTHY, type Host, type HostOptions, type Request } from "./host.ts";
import { exponential, lognormal, randomFor } from "./randoms.ts";
import { SharingHost } from "./sharing-host.ts";
import { VirtualTime } from "./virtual-time.ts";

test("a heap gives the lowest key first, and equal keys in the order of their pushes", () => {
  const random = randomFor(1, "heap");
  const heap = new Heap<{ key: number; order: number; at: number }>();
  const keys = Array.from({ length: 1_000 }, (_, at) => ({ key: Math.floor(random() * 50), order: 0, at }));
  for (const item of keys) heap.push(item);
  const popped = keys.map(() => heap.pop()?.at);
  expect(popped).toEqual(keys.toSorted((a, b) => a.key - b.key || a.at - b.at).map(({ at }) => at));
  expect(heap.pop()).toBeUndefined();
});

test("virtual time stands at the instant of each event, and a cancelled one does not run", async () => {
  const time = new VirtualTime();
  const seen: number[] = [];
  time.setTimer(5, () => {
    seen.push(time.now());
    time.setTimer(2, () => seen.push(time.now()));
  });
  time.setTimer(6, () => expect.unreachable()).cancel();
  time.setTimer(Number.POSITIVE_INFINITY, () => expect.unreachable());
  time.run(6);
  expect(seen).toEqual([5]);
  await time.runSettled(100);
  expect(seen).toEqual([5, 7]);
  expect(time.now()).toBe(100);
});

test("promises and microtasks of an event run before the next event", async () => {
  const time = new VirtualTime();
  const seen: string[] = [];
  time.setTimer(1, () => {
    queueMicrotask(() => queueMicrotask(() => void Promise.resolve().then(() => seen.push("microtask"))));
  });
  time.setTimer(1, () => seen.push("next"));
  await time.runSettled(2);
  expect(seen).toEqual(["microtask", "next"]);
});

/** When the first bytes and the ends of these requests come, all sent at 0. */
function serve(
  HostClass: new (options: HostOptions) => Host,
  slots: number,
  works: readonly number[],
  { speed = 1, firstByteShare = 1 } = {},
): { firstBytes: number[]; ends: number[] } {
  const time = new VirtualTime();
  const manner = { ...HEALTHY, speed: () => speed };
  const host = new HostClass({ slots, manner, time, random: randomFor(1, "x") });
  const firstBytes: number[] = [];
  const ends: number[] = [];
  works.forEach((workMs, i) => {
    const request: Request = {
      workMs,
      firstByteShare,
      onFirstByte: () => {
        firstBytes[i] = time.now();
      },
      onEnd: () => {
        ends[i] = time.now();
      },
    };
    host.accept(request);
  });
  time.run(10_000);
  return { firstBytes, ends };
}

test("a FIFO host serves as many requests as it has slots, and the others in the order of arrival", () => {
  expect(serve(FifoHost, 1, [10, 20, 5]).ends).toEqual([10, 30, 35]);
  expect(serve(FifoHost, 2, [10, 20, 5]).ends).toEqual([10, 20, 15]);
  expect(serve(FifoHost, 1, [10, 10], { speed: 0.1 }).ends).toEqual([100, 200]);
});

test("a sharing host slows all its requests down evenly once they are more than its slots", () => {
  // Both get half until 10 ends at 20; the other one has 10 of its 20 left.
  expect(serve(SharingHost, 1, [10, 20]).ends).toEqual([20, 30]);
  expect(serve(SharingHost, 2, [10, 20]).ends).toEqual([10, 20]);
  expect(serve(SharingHost, 1, [10, 20], { speed: 0.5 }).ends).toEqual([40, 60]);
});

test.each([FifoHost, SharingHost])("%o: the first byte of a stream leaves after its share of the work", (HostClass) => {
  expect(serve(HostClass, 1, [100], { firstByteShare: 0.25 })).toEqual({ firstBytes: [25], ends: [100] });
  expect(serve(HostClass, 1, [100])).toEqual({ firstBytes: [100], ends: [100] });
});

test("a failing host fails its share of requests after 1 ms, without a slot", () => {
  const time = new VirtualTime();
  const manner = { ...HEALTHY, failureRatio: () => 0.25 };
  const host = new FifoHost({ slots: 1, manner, time, random: randomFor(1, "failures") });
  let failed = 0;
  for (let i = 0; i < 10_000; i++) {
    host.accept({ workMs: 0, firstByteShare: 1, onFirstByte: () => {}, onEnd: (ok) => void (ok || failed++) });
  }
  time.run(1);
  // σ = √(10,000 × 0.25 × 0.75) = 43; 5 σ.
  expect(Math.abs(failed - 2_500)).toBeLessThan(217);
  expect(host.arrivals).toBe(10_000);
});

test("the distributions have the mean that they are given, and two purposes have unrelated sequences", () => {
  const random = randomFor(7, "mean");
  const draws = 100_000;
  let sums = { exponential: 0, lognormal: 0 };
  for (let i = 0; i < draws; i++) {
    sums = {
      exponential: sums.exponential + exponential(random, 10),
      lognormal: sums.lognormal + lognormal(random, 10, 1),
    };
  }
  // σ of the means: 10 / √100,000 = 0.03, and √(e − 1) times as much; 5 σ of the larger one.
  expect(Math.abs(sums.exponential / draws - 10)).toBeLessThan(0.21);
  expect(Math.abs(sums.lognormal / draws - 10)).toBeLessThan(0.21);
  expect(randomFor(7, "a")()).not.toBe(randomFor(7, "b")());
  expect(randomFor(7, "a")()).toBe(randomFor(7, "a")());
});

test("a quantile is the smallest value with its share of the values at or below it", () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => i + 1);
  expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([50, 99, 100]);
  expect(quantile(new Float64Array(0), 0.99)).toBe(0);
});
