/** Each policy does what the examples and the sentences of its specification say. */

import type { Random } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { FifoHost } from "../world/fifo-host.ts";
import { HEALTHY } from "../world/host.ts";
import { randomFor } from "../world/randoms.ts";
import { VirtualTime } from "../world/virtual-time.ts";
import { LeastRequest } from "./least-request.ts";
import { PeakEwma } from "./peak-ewma.ts";
import { PeerEndpoint, type PeerPolicy } from "./peer.ts";
import { RoundRobin } from "./round-robin.ts";
import { TwoChoices } from "./two-choices.ts";

const PICKS = 100_000;
/** Shares of 100,000 picks have σ ≤ 0.0016; 5 σ. */
const EPSILON = 0.008;

function endpoints(count: number): PeerEndpoint[] {
  const time = new VirtualTime();
  const random = randomFor(1, "hosts");
  return Array.from(
    { length: count },
    (_, i) =>
      new PeerEndpoint({
        endpoint: { host: `10.0.0.${i}`, port: 1, kind: "task", lane: 0 },
        host: new FifoHost({ slots: 1, manner: HEALTHY, time, random }),
      }),
  );
}

/** Draws these numbers, in this order, as fractions. */
function scripted(...draws: number[]): Random {
  return () => draws.shift() ?? 0;
}

function shares(policy: PeerPolicy, all: readonly PeerEndpoint[], nowMs = 0): number[] {
  const counts = all.map(() => 0);
  for (let i = 0; i < PICKS; i++) {
    const at = all.indexOf(policy.pick(all, nowMs));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count) => count / PICKS);
}

test("round robin takes one endpoint after the other, from a random first one", () => {
  const all = endpoints(3);
  const policy = new RoundRobin(scripted(0.5, 0.9));
  const picked = () => all.indexOf(policy.pick(all));
  expect([picked(), picked(), picked(), picked()]).toEqual([1, 2, 0, 1]);
  policy.didChange();
  expect(picked()).toBe(2);
});

test("A48: of two samples the one with fewer calls in flight is picked, and the first one of equals", () => {
  const all = endpoints(4);
  const [, second, , fourth] = all as [PeerEndpoint, PeerEndpoint, PeerEndpoint, PeerEndpoint];
  second.inFlight = 2;
  expect(new LeastRequest(scripted(0.25, 0.75)).pick(all)).toBe(fourth);
  fourth.inFlight = 2;
  expect(new LeastRequest(scripted(0.25, 0.75)).pick(all)).toBe(second);
});

test("A48: an endpoint may be sampled twice, so that the busiest of 4 is picked with the chance 1/16", () => {
  const all = endpoints(4);
  (all[0] as PeerEndpoint).inFlight = 100;
  const [busiest] = shares(new LeastRequest(randomFor(1, "least request")), all);
  expect(Math.abs((busiest as number) - 1 / 16)).toBeLessThan(EPSILON);
});

test("two choices samples two different endpoints, so that the busiest is never picked", () => {
  const all = endpoints(4);
  (all[0] as PeerEndpoint).inFlight = 100;
  const [busiest, ...others] = shares(new TwoChoices(randomFor(1, "two choices")), all);
  expect(busiest).toBe(0);
  for (const share of others) expect(Math.abs(share - 1 / 3)).toBeLessThan(EPSILON);
});

test("two choices of one endpoint is that endpoint", () => {
  const all = endpoints(1);
  expect(new TwoChoices(randomFor(1, "one")).pick(all)).toBe(all[0]);
});

/** The load decides between two endpoints: with two there is one pair. */
function winner(prepare: (a: PeerEndpoint, b: PeerEndpoint, policy: PeakEwma) => void, nowMs: number): "a" | "b" {
  const [a, b] = endpoints(2) as [PeerEndpoint, PeerEndpoint];
  const policy = new PeakEwma(randomFor(1, "pair"));
  prepare(a, b, policy);
  return policy.pick([a, b], nowMs) === a ? "a" : "b";
}

test("PeakEWMA: a higher latency replaces the average at once", () => {
  const [a] = endpoints(1) as [PeerEndpoint];
  const policy = new PeakEwma(randomFor(1, "x"));
  policy.didEnd(a, 10, 0);
  policy.didEnd(a, 500, 1);
  expect(a.costMs).toBe(500);
});

test("PeakEWMA: a lower latency moves it by 1 − e^(−t / 10 s)", () => {
  const [a] = endpoints(1) as [PeerEndpoint];
  const policy = new PeakEwma(randomFor(1, "x"));
  policy.didEnd(a, 500, 0);
  policy.didEnd(a, 100, 10_000);
  expect(a.costMs).toBeCloseTo(500 * Math.exp(-1) + 100 * (1 - Math.exp(-1)), 9);
});

test("PeakEWMA: the load is the average times the calls in flight and the next one", () => {
  const prepare = (a: PeerEndpoint, b: PeerEndpoint, policy: PeakEwma): void => {
    policy.didEnd(a, 10, 0);
    policy.didEnd(b, 100, 0);
    a.inFlight = 8;
  };
  expect(winner(prepare, 0)).toBe("a");
  expect(
    winner((a, b, policy) => {
      prepare(a, b, policy);
      a.inFlight = 10;
    }, 0),
  ).toBe("b");
});

test("PeakEWMA: an endpoint without a latency takes one call, and no other until that ends", () => {
  expect(winner((a, _b, policy) => policy.didEnd(a, 10, 0), 0)).toBe("b");
  expect(
    winner((a, b, policy) => {
      policy.didEnd(a, 10, 0);
      a.inFlight = 1_000;
      b.inFlight = 1;
    }, 0),
  ).toBe("a");
});

test("PeakEWMA: the average of an endpoint that answers nothing fades, so that it attracts calls", () => {
  const prepare = (a: PeerEndpoint, b: PeerEndpoint, policy: PeakEwma): void => {
    policy.didEnd(a, 1_000, 0);
    policy.didEnd(b, 100, 60_000);
    a.inFlight = 5;
  };
  expect(winner(prepare, 60_000)).toBe("a");
});
