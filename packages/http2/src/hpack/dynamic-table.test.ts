import fc from "fast-check";
import { expect, test } from "vitest";
import { DynamicTable } from "./dynamic-table.ts";
import { fieldBytes, type HeaderField } from "./header-field.ts";

const field = (name: string, value = ""): HeaderField => [name, value];

function entriesOf(table: DynamicTable): HeaderField[] {
  return Array.from({ length: table.count }, (_, distance) => table.get(distance) as HeaderField);
}

test("the newest entry comes first, and beyond the oldest there are no more", () => {
  const table = new DynamicTable(4_096);
  table.insert(field("a"));
  table.insert(field("b"));
  expect(entriesOf(table)).toEqual([field("b"), field("a")]);
  expect(table.get(2)).toBeUndefined();
});

test("a new entry evicts the oldest ones until it fits", () => {
  const evicted: [string, number][] = [];
  const table = new DynamicTable(3 * 33, ([name], number) => evicted.push([name, number]));
  for (const name of ["a", "b", "c"]) table.insert(field(name));
  table.insert(field("d", "x".repeat(20)));
  expect(entriesOf(table).map(([name]) => name)).toEqual(["d", "c"]);
  expect(evicted).toEqual([
    ["a", 0],
    ["b", 1],
  ]);
});

test("an entry larger than the table empties it", () => {
  const table = new DynamicTable(100);
  table.insert(field("a"));
  table.insert(field("b", "x".repeat(100)));
  expect({ count: table.count, bytes: table.bytes, inserted: table.inserted }).toEqual({
    count: 0,
    bytes: 0,
    inserted: 1,
  });
});

test("the generation changes with each insertion, also one that only evicts, and with each size", () => {
  const table = new DynamicTable(100);
  const seen = [table.generation];
  table.insert(field("a"));
  seen.push(table.generation);
  table.insert(field("b", "x".repeat(100)));
  seen.push(table.generation);
  table.resize(100);
  seen.push(table.generation);
  expect(new Set(seen).size).toBe(seen.length);
});

test("whatever happens, it holds the newest entries that fit", () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ insert: fc.tuple(fc.string({ maxLength: 9 }), fc.string({ maxLength: 90 })) }),
    },
    { weight: 1, arbitrary: fc.record({ resize: fc.integer({ min: 0, max: 2_000 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const table = new DynamicTable(1_000);
      let model: HeaderField[] = [];
      let maxBytes = 1_000;
      for (const each of steps) {
        if ("insert" in each) {
          table.insert(each.insert);
          model = [each.insert, ...model];
        } else {
          table.resize(each.resize);
          maxBytes = each.resize;
        }
        while (bytesOf(model) > maxBytes) model = model.slice(0, -1);
        expect(entriesOf(table)).toEqual(model);
        expect(table.bytes).toBe(bytesOf(model));
      }
    }),
  );
});

function bytesOf(fields: readonly HeaderField[]): number {
  return fields.reduce((sum, [name, value]) => sum + fieldBytes(name, value), 0);
}
