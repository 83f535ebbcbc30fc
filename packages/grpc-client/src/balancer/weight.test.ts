import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { callThatTried, candidate } from "../../test/support/loads.ts";
import type { Endpoint } from "../endpoint.ts";
import type { Candidate } from "./candidate.ts";
import { ScanPicker } from "./scan.ts";
import { weightFactors } from "./weight.ts";

function endpoint(weight?: number): Endpoint {
  return { host: `w${weight}`, port: 1, kind: "task", lane: 0, weight };
}

function candidates(weights: readonly number[]): Candidate[] {
  return weights.map((weight) => candidate(endpoint(weight)));
}

function pickerOf(all: readonly Candidate[], seed: number): ScanPicker {
  const factors = weightFactors(all.map((each) => each.endpoint));
  if (factors === undefined) throw new Error("the weights are the same");
  all.forEach(({ load }, i) => load.setFactor("weight", factors[i] ?? 1));
  return new ScanPicker(all, seededRandom(seed), true);
}

test.each([
  ["no weight", [undefined, undefined]],
  ["the same weight", [7, 7]],
  ["weight 0 everywhere", [0, 0]],
])("endpoints with %s are not weighted", (_, weights) => {
  expect(weightFactors(weights.map(endpoint))).toBeUndefined();
});

test("a factor is the inverse of the weight, and weight 0 counts as a hundredth of the least", () => {
  expect([...(weightFactors([endpoint(10), endpoint(20), endpoint(0)]) ?? [])]).toEqual([1, 0.5, 100]);
});

test("idle endpoints are picked in proportion to their weights", () => {
  // 100,000 picks: σ of a share p is √(100,000 p (1 − p)) ≤ 158; 5 σ leave one false alarm in 10⁶.
  const [seed, picks] = [20_261_128, 100_000];
  const all = candidates([60, 30, 10]);
  const picker = pickerOf(all, seed);
  const counts = new Map<string, number>();
  for (let i = 0; i < picks; i++) {
    const pick = picker.pick(callThatTried());
    if (pick.kind === "complete") counts.set(pick.subchannel.key, (counts.get(pick.subchannel.key) ?? 0) + 1);
  }
  for (const {
    key,
    endpoint: { weight = 0 },
  } of all) {
    expect(Math.abs((counts.get(key) ?? 0) - (picks * weight) / 100), `seed ${seed}, ${key}`).toBeLessThan(5 * 158);
  }
});

test("long calls are in flight in proportion to the weights", () => {
  const all = candidates([30, 10]);
  const picker = pickerOf(all, 7);
  for (let i = 0; i < 4_000; i++) {
    const pick = picker.pick(callThatTried());
    if (pick.kind === "complete") pick.subchannel.load.inFlight++;
  }
  // The random draw changes the load by a few calls, for any number of calls in flight.
  expect(Math.abs((all[0]?.load.inFlight ?? 0) - 3_000)).toBeLessThan(20);
});

test("an endpoint with a greater weight and no room is skipped", () => {
  const [big, small] = candidates([1_000, 1]) as [Candidate, Candidate];
  expect(pickerOf([{ ...big, hasRoom: false }, small], 1).pick(callThatTried())).toMatchObject({
    subchannel: { key: "w1:1" },
  });
});
