import fc from "fast-check";
import { expect, test } from "vitest";
import { OutcomeWindow } from "./window.ts";

test("calls and failures of the last ten seconds are counted", () => {
  const window = new OutcomeWindow();
  window.add(true, 500);
  window.add(false, 1_500);
  window.add(true, 9_999);
  expect([window.calls(9_999), window.failures(9_999)]).toEqual([3, 2]);
  expect([window.calls(10_000), window.failures(10_000)]).toEqual([2, 1]);
  expect([window.calls(11_000), window.failures(11_000)]).toEqual([1, 1]);
  expect([window.calls(60_000), window.failures(60_000)]).toEqual([0, 0]);
});

test("the counts equal those of a list of all outcomes", () => {
  const steps = fc.array(fc.record({ ms: fc.nat(3_000), isFailure: fc.boolean() }));
  fc.assert(
    fc.property(steps, (planned) => {
      const window = new OutcomeWindow();
      const all: { second: number; isFailure: boolean }[] = [];
      let nowMs = 0;
      for (const { ms, isFailure } of planned) {
        nowMs += ms;
        window.add(isFailure, nowMs);
        all.push({ second: Math.floor(nowMs / 1_000), isFailure });
        const recent = all.filter(({ second }) => second > Math.floor(nowMs / 1_000) - 10);
        expect(window.calls(nowMs)).toBe(recent.length);
        expect(window.failures(nowMs)).toBe(recent.filter((each) => each.isFailure).length);
      }
    }),
  );
});
