import { expect, test } from "vitest";
import { growth } from "./growth.ts";

const MIB = 1 << 20;

test("memory that grows by one MiB a minute grows by 60 an hour", () => {
  expect(growth([0, 1, 2, 3].map((minute) => ({ atMs: minute * 60_000, bytes: (100 + minute) * MIB })))).toBeCloseTo(
    60,
  );
});

test("memory that goes up and down around the same value does not grow", () => {
  expect(growth([1, 3, 3, 1].map((mib, i) => ({ atMs: i, bytes: mib * MIB })))).toBe(0);
});
