import { expect, test } from "vitest";
import { CallTable } from "./call-table.ts";

const OK = { code: 0, maybeProcessed: false };

test("a call that ends a second time is reported and keeps its first end", () => {
  const table = new CallTable(10);
  const number = table.add(false, 5);

  expect(table.settle(number, 7, OK)).toBe(true);
  expect(table.settle(number, 9, { code: 14, maybeProcessed: true })).toBe(false);
  expect(table.records()).toEqual([{ id: "r0", write: false, atMs: 5, ms: 7, ...OK }]);
});

test("a call that never ended has no latency", () => {
  const table = new CallTable(10);
  table.add(true, 5);

  expect(table.open).toBe(1);
  expect(table.records()).toMatchObject([{ id: "w0", write: true, ms: undefined, code: -2 }]);
});

test("a full table refuses a call by name", () => {
  const table = new CallTable(1);
  table.add(false, 0);

  expect(() => table.add(false, 1)).toThrow("expected at most 1 calls");
});
