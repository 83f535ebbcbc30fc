import { expect, test } from "vitest";
import { SampleTable } from "./sample-table.ts";

test("samples come back in their order, and a full table keeps what it has", () => {
  const table = new SampleTable(2);
  for (const i of [1, 2, 3]) table.add(i, 10 * i);

  expect(table.samples()).toEqual([
    { atMs: 1, bytes: 10 },
    { atMs: 2, bytes: 20 },
  ]);
});
