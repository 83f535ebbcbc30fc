import { expect, test } from "vitest";
import { StreamTable } from "./stream-table.ts";

test("ended streams come back with their ids, and a full table refuses one more", () => {
  const table = new StreamTable(1);
  table.add({ number: 7, atMs: 5, ms: 1.5, code: 14, messages: 3 });

  expect(table.records()).toEqual([{ id: "s7", atMs: 5, ms: 1.5, code: 14, messages: 3 }]);
  expect(() => table.add({ number: 8, atMs: 6, ms: 1, code: 0, messages: 0 })).toThrow("expected at most 1 streams");
});
