import { expect, test } from "vitest";
import { FailbackPace } from "./failback.ts";

test("a return that lasted does not lengthen the next wait", () => {
  const pace = new FailbackPace(5_000);
  pace.didFailOver(0);
  pace.didFailBack(10_000);
  pace.didFailOver(70_001);
  expect(pace.waitMs).toBe(5_000);
});

test("a return that was too early doubles the wait, up to a minute", () => {
  const pace = new FailbackPace(5_000);
  const waits: number[] = [];
  for (let atMs = 0; atMs < 600; atMs += 100) {
    pace.didFailBack(atMs);
    pace.didFailOver(atMs + 1);
    waits.push(pace.waitMs);
  }
  expect(waits).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
  pace.didFailBack(1_000);
  pace.didFailOver(61_001);
  expect(pace.waitMs).toBe(5_000);
});
