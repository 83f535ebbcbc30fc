import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import { FailureRate } from "../failure-rate.ts";
import { type Candidate, ScanPicker } from "./scan.ts";

/** A candidate as the picker sees it: numbers. Opening streams is the subchannel's, and no pick does it. */
function candidate(host: string, inFlight = 0, hasRoom = true): Candidate & { hasRoom: boolean } {
  const endpoint: Endpoint = { host, port: 1, kind: "task", lane: 0 };
  const failures = new FailureRate(new FakeClock());
  return { key: `${host}:1`, endpoint, inFlight, hasRoom, failures, open: () => undefined, didEnd: () => {} };
}

function picker(candidates: readonly Candidate[], factors?: readonly number[], seed = 1): ScanPicker {
  return new ScanPicker(candidates, Float64Array.from(factors ?? candidates.map(() => 1)), seededRandom(seed));
}

function hostOf(pick: ReturnType<ScanPicker["pick"]>): string {
  return pick.kind === "complete" ? pick.subchannel.endpoint.host : pick.kind;
}

test("the endpoint with the fewest calls in flight is taken", () => {
  expect(hostOf(picker([candidate("a", 3), candidate("b", 1), candidate("c", 2)]).pick([]))).toBe("b");
});

test("a local endpoint wins against a remote one until it has a call more", () => {
  const local = candidate("local", 0);
  const remote = candidate("remote", 0);
  const zoned = picker([local, remote], [1, 1.5]);
  expect(hostOf(zoned.pick([]))).toBe("local");
  local.inFlight = 1;
  expect(hostOf(zoned.pick([]))).toBe("remote");
});

test("ties are broken evenly", () => {
  // 4 endpoints, 40,000 picks of equal cost: binomial with σ = √(40,000 × ¼ × ¾) ≈ 87; 5 σ leave one false alarm in 10⁶.
  const seed = 20_260_719;
  const candidates = ["a", "b", "c", "d"].map((host) => candidate(host));
  const counts = new Map<string, number>();
  const even = picker(candidates, undefined, seed);
  for (let i = 0; i < 40_000; i++) {
    const host = hostOf(even.pick([]));
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  for (const { endpoint } of candidates) {
    expect(Math.abs((counts.get(endpoint.host) ?? 0) - 10_000), `seed ${seed}, ${endpoint.host}`).toBeLessThan(5 * 87);
  }
});

describe("what cannot be taken", () => {
  test("an endpoint that is full is passed over, and one that gets room is seen by the same picker", () => {
    const full = candidate("full", 0, false);
    const busy = candidate("busy", 9);
    const both = picker([full, busy]);
    expect(hostOf(both.pick([]))).toBe("busy");
    full.hasRoom = true;
    expect(hostOf(both.pick([]))).toBe("full");
  });

  test("when all are full the call waits", () => {
    expect(picker([candidate("a", 0, false)]).pick([])).toEqual({ kind: "queue", until: "room" });
    expect(picker([candidate("a", 0, false)]).pick(["a:1"])).toEqual({ kind: "queue", until: "room" });
  });

  test("an endpoint that the call has tried is taken only when no other is left", () => {
    const pair = picker([candidate("a", 0), candidate("b", 50)]);
    expect(hostOf(pair.pick(["a:1"]))).toBe("b");
    expect(hostOf(pair.pick(["a:1", "b:1"]))).toBe("a");
  });
});

test("a pick allocates no answer: the same endpoint gives the same object", () => {
  const one = picker([candidate("a")]);
  expect(one.pick([])).toBe(one.pick([]));
});
