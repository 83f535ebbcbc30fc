import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { StoreRefusals } from "./store-refusals.ts";

test("refusals are counted by what was refused, and reported once a minute with their number", () => {
  const clock = new FakeClock();
  const reports: unknown[] = [];
  const refusals = new StoreRefusals({
    clock,
    kinds: ["runs", "workflows"],
    onReport: (report) => void reports.push(report),
  });
  expect(refusals.render()).toContain('store_full_refusals_total{what="runs"} 0\n');

  for (let at = 0; at < 100; at += 1) refusals.didRefuse("runs");
  refusals.didRefuse("workflows");
  expect(reports).toEqual([
    { what: "runs", refused: 1 },
    { what: "workflows", refused: 1 },
  ]);
  clock.advance(59_999);
  refusals.didRefuse("runs");
  clock.advance(1);
  refusals.didRefuse("runs");

  expect(reports.slice(2)).toEqual([{ what: "runs", refused: 101 }]);
  expect(refusals.render()).toMatch(/\{what="runs"\} 102\n.*\{what="workflows"\} 1\n$/s);
});
