import { FakeClock } from "@agent-team/foundation/fake-clock";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import type { OutcomeKind } from "../outcome.ts";
import { FailureRate } from "./failure-rate.ts";

let clock: FakeClock;
let failures: FailureRate;

beforeEach(() => {
  clock = new FakeClock();
  failures = new FailureRate();
});

function end(kind: OutcomeKind, times = 1): void {
  for (let i = 0; i < times; i++) failures.didEnd(kind, clock.now());
}

test("the rate of an endpoint without failures is zero", () => {
  end("success", 100);
  end("ignorable", 100);
  expect(failures.at(clock.now())).toBe(0);
});

test("the rate of the first outcomes is their mean", () => {
  end("failure");
  expect(failures.at(clock.now())).toBe(1);
  end("success");
  expect(failures.at(clock.now())).toBe(0.5);
  end("success");
  end("failure");
  expect(failures.at(clock.now())).toBe(0.5);
});

test("one failure among many counts a sixteenth, and successes reduce it", () => {
  end("success", 1_000);
  end("failure");
  expect(failures.at(clock.now())).toBe(1 / 16);
  end("success", 30);
  expect(failures.at(clock.now())).toBe(0);
});

test("without calls the rate falls with time to zero", () => {
  end("failure");
  clock.advance(10_000);
  expect(failures.at(clock.now())).toBeCloseTo(1 / Math.E, 10);
  clock.advance(37_000);
  expect(failures.at(clock.now())).toBe(0);
});

test("the next outcome does not restore a rate that has fallen", () => {
  end("failure", 16);
  clock.advance(20_000);
  end("success");
  expect(failures.at(clock.now())).toBeCloseTo(Math.exp(-2) * (15 / 16), 10);
});

test("the rate is never outside 0 to 1", () => {
  const steps = fc.array(fc.record({ kind: fc.constantFrom<OutcomeKind>("success", "failure"), ms: fc.nat(5_000) }));
  fc.assert(
    fc.property(steps, (planned) => {
      failures = new FailureRate();
      for (const { kind, ms } of planned) {
        end(kind);
        clock.advance(ms);
        expect(failures.at(clock.now())).toBeGreaterThanOrEqual(0);
        expect(failures.at(clock.now())).toBeLessThanOrEqual(1);
      }
    }),
  );
});
