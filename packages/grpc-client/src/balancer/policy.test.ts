import { seededRandom } from "@agent-team/foundation/random";
import { describe, expect, test } from "vitest";
import { callThatTried, candidate } from "../../test/support/loads.ts";
import { BALANCING_POLICIES } from "../balancing-policy.ts";
import type { Pick, Picker } from "../picker.ts";
import { createPicker } from "./policy.ts";

const SEED = 20_261_129;

type TestCandidate = ReturnType<typeof candidate>;

function fleet(size: number): TestCandidate[] {
  return Array.from({ length: size }, (_, i) => candidate({ host: `h${i}` }));
}

function hostOf(pick: Pick): string {
  return pick.kind === "complete" ? pick.subchannel.endpoint.host : pick.kind;
}

function countPicks(picker: Picker, picks: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i < picks; i++) {
    const host = hostOf(picker.pick(callThatTried()));
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return counts;
}

describe.each(BALANCING_POLICIES)("with %s, at 3 and at 100 endpoints", (policy) => {
  const pickerOf = (candidates: TestCandidate[]): Picker => createPicker(policy, candidates, seededRandom(SEED), false);

  test.each([3, 100])("an endpoint that is full, not eligible or tried is not picked (%i)", (size) => {
    const candidates = fleet(size);
    const [full, ejected, tried, ...others] = candidates as [TestCandidate, TestCandidate, TestCandidate];
    full.hasRoom = false;
    ejected.load.exclude("ejected");
    const picker = pickerOf(candidates);
    const picked = new Set<string>();
    // One of 97 is left out of 4,000 picks once in 10¹⁶.
    for (let i = 0; i < 4_000; i++) picked.add(hostOf(picker.pick(callThatTried(tried.key))));
    // The only other one has been tried: then it is picked again.
    expect(picked.size).toBe(size === 3 ? 1 : others.length);
    expect(picked.has("h0") || picked.has("h1")).toBe(false);
    expect(picked.has("h2")).toBe(size === 3);
  });

  test.each([3, 100])("the last endpoint with room is found (%i)", (size) => {
    const candidates = fleet(size);
    for (const each of candidates.slice(1)) each.hasRoom = false;
    const picker = pickerOf(candidates);
    expect(countPicks(picker, 50)).toEqual(new Map([["h0", 50]]));
    (candidates[0] as TestCandidate).hasRoom = false;
    expect(picker.pick(callThatTried())).toEqual({ kind: "queue", until: "room" });
  });

  test("a pick allocates no result: the same endpoint gives the same object", () => {
    const one = pickerOf(fleet(1));
    expect(one.pick(callThatTried())).toBe(one.pick(callThatTried()));
  });

  test("equal idle endpoints get equal shares", () => {
    // 100 endpoints, 100,000 picks: binomial with σ = √(1,000 × 0.99) ≈ 31.5; 6 σ of 100 endpoints leave one false alarm in 10⁷.
    const counts = countPicks(pickerOf(fleet(100)), 100_000);
    for (let i = 0; i < 100; i++) {
      const host = `h${i}`;
      expect(Math.abs((counts.get(host) ?? 0) - 1_000), `seed ${SEED}, ${host}`).toBeLessThan(6 * 31.5);
    }
  });
});

test("round_robin takes the endpoints in turn, whatever they cost", () => {
  const candidates = fleet(3);
  (candidates[0] as TestCandidate).load.inFlight = 100;
  expect(countPicks(createPicker("round_robin", candidates, seededRandom(SEED), false), 300)).toEqual(
    new Map([
      ["h0", 100],
      ["h1", 100],
      ["h2", 100],
    ]),
  );
});

test.each([
  ["two-choices", 100, 2],
  ["default", 100, 5],
] as const)("%s: of %i endpoints the cheapest is picked when it is among %i drawn", (policy, size, drawn) => {
  const candidates = fleet(size);
  for (const each of candidates.slice(1)) each.load.inFlight = 9;
  const picks = 100_000;
  const count = countPicks(createPicker(policy, candidates, seededRandom(SEED), false), picks).get("h0") ?? 0;
  // The share of the samples that contain it is drawn ÷ size; σ = √(picks × p × (1 − p)) ≤ 69. 5 σ.
  expect(Math.abs(count - (picks * drawn) / size), `seed ${SEED}`).toBeLessThan(5 * 69);
});

test("with SRV weights all endpoints are compared, also above 64", () => {
  const candidates = fleet(100);
  for (const each of candidates.slice(1)) each.load.setFactor("weight", 1_000_000);
  const counts = countPicks(createPicker("default", candidates, seededRandom(SEED), true), 100);
  expect(counts.get("h0")).toBeGreaterThan(95);
});
