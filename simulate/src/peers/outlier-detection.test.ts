/** gRFC A50, sentence by sentence. */

import { expect, test } from "vitest";
import { FifoHost } from "../world/fifo-host.ts";
import { HEALTHY } from "../world/host.ts";
import { randomFor } from "../world/randoms.ts";
import { VirtualTime } from "../world/virtual-time.ts";
import { A50_DEFAULTS, A50_TUNED, OutlierDetection, type OutlierDetectionConfig } from "./outlier-detection.ts";
import { PeerEndpoint } from "./peer.ts";

class Bench {
  readonly time = new VirtualTime();
  readonly endpoints: readonly PeerEndpoint[];
  readonly detection: OutlierDetection;
  changes = 0;

  constructor(count: number, config: OutlierDetectionConfig) {
    const random = randomFor(1, "hosts");
    this.endpoints = Array.from(
      { length: count },
      (_, i) =>
        new PeerEndpoint({
          endpoint: { host: `10.0.0.${i}`, port: 1, kind: "task", lane: 0 },
          host: new FifoHost({ slots: 1, manner: HEALTHY, time: this.time, random }),
        }),
    );
    this.detection = new OutlierDetection(config, this.time, () => this.changes++);
    this.detection.update(this.endpoints);
  }

  /** Each endpoint ends `volume` calls, of which so many percent fail, in the order of the endpoints. */
  calls(volume: number, failurePercent: (index: number) => number): void {
    this.endpoints.forEach((endpoint, index) => {
      const failures = Math.round((volume * failurePercent(index)) / 100);
      for (let i = 0; i < volume; i++) this.detection.didEnd(endpoint, i >= failures);
    });
  }

  /** To the end of the current interval. */
  sweep(intervalMs: number): readonly number[] {
    this.time.run(this.time.now() + intervalMs);
    return this.ejected();
  }

  ejected(): readonly number[] {
    return this.endpoints.flatMap((endpoint, i) => (this.detection.isEjected(endpoint) ? [i] : []));
  }
}

const failsAt = (index: number, percent: number) => (i: number) => (i === index ? percent : 0);

test("failure percentage: above 85 % of at least 50 calls ejects, 85 % does not", () => {
  const onlyPercentage = { ...A50_DEFAULTS, successRate: A50_TUNED.successRate };
  const above = new Bench(5, onlyPercentage);
  above.calls(50, failsAt(2, 86));
  expect(above.sweep(10_000)).toEqual([2]);
  const atThreshold = new Bench(5, onlyPercentage);
  atThreshold.calls(100, failsAt(2, 85));
  expect(atThreshold.sweep(10_000)).toEqual([]);
});

test("failure percentage: fewer than 50 calls, or fewer than 5 addresses, eject nothing", () => {
  const few = new Bench(5, A50_DEFAULTS);
  few.calls(49, failsAt(2, 100));
  expect(few.sweep(10_000)).toEqual([]);
  const small = new Bench(4, A50_DEFAULTS);
  small.calls(200, failsAt(2, 100));
  expect(small.sweep(10_000)).toEqual([]);
});

test("success rate: below mean − 1.9 σ ejects, from 100 calls on 5 addresses", () => {
  // Of 10 rates, nine of 1 and one of 0.7: mean 0.97, σ 0.09, threshold 0.799.
  const ten = new Bench(10, A50_DEFAULTS);
  ten.calls(100, failsAt(3, 30));
  expect(ten.sweep(10_000)).toEqual([3]);
  const few = new Bench(10, A50_DEFAULTS);
  few.calls(99, failsAt(3, 30));
  expect(few.sweep(10_000)).toEqual([]);
  // Of 4 rates no single one can lie 1.9 σ below the mean.
  const four = new Bench(4, A50_DEFAULTS);
  four.calls(100, failsAt(3, 30));
  expect(four.sweep(10_000)).toEqual([]);
});

test("only the calls of the interval that ends count", () => {
  const bench = new Bench(5, A50_DEFAULTS);
  bench.calls(30, failsAt(2, 100));
  expect(bench.sweep(10_000)).toEqual([]);
  bench.calls(30, failsAt(2, 100));
  expect(bench.sweep(10_000)).toEqual([]);
});

test("no more are ejected once the ejected percentage is greater than the maximum", () => {
  // 10 %: of ten, the second one goes while 10 % is not greater than 10 %.
  const bench = new Bench(10, A50_DEFAULTS);
  bench.calls(50, (i) => (i < 4 ? 100 : 0));
  expect(bench.sweep(10_000)).toEqual([0, 1]);
  const pair = new Bench(2, A50_TUNED);
  pair.calls(10, () => 100);
  expect(pair.sweep(1_000)).toEqual([0]);
});

test("an ejection lasts 30 s times the multiplier, at most 300 s, and the multiplier falls in healthy intervals", () => {
  const bench = new Bench(10, A50_DEFAULTS);
  bench.calls(50, failsAt(0, 100));
  expect(bench.sweep(10_000)).toEqual([0]);
  const lengthMs = (): number => {
    const fromMs = bench.time.now();
    while (bench.ejected().length > 0) bench.sweep(10_000);
    return bench.time.now() - fromMs;
  };
  // It returns at the first sweep after its end.
  expect(lengthMs()).toBe(40_000);
  bench.calls(50, failsAt(0, 100));
  expect(bench.sweep(10_000)).toEqual([0]);
  expect(lengthMs()).toBe(70_000);
  // Two healthy intervals bring the multiplier back to 0.
  bench.sweep(10_000);
  bench.sweep(10_000);
  bench.calls(50, failsAt(0, 100));
  bench.sweep(10_000);
  expect(lengthMs()).toBe(40_000);
  expect(bench.detection.ejections).toBe(3);
  expect(bench.changes).toBe(6);
});

test("an update keeps the ejection of an endpoint that stays, and forgets one that leaves", () => {
  const bench = new Bench(10, A50_DEFAULTS);
  bench.calls(50, failsAt(0, 100));
  bench.sweep(10_000);
  bench.detection.update(bench.endpoints.slice(0, 5));
  expect(bench.ejected()).toEqual([0]);
  bench.detection.update(bench.endpoints.slice(1));
  bench.detection.update(bench.endpoints);
  expect(bench.ejected()).toEqual([]);
});
