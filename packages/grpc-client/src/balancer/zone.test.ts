import { expect, test } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import { zoneFactors } from "./zone.ts";

/** One endpoint for each zone named; `undefined` is one whose zone nobody knows. */
const fleet = (...zones: (string | undefined)[]): Endpoint[] =>
  zones.map((zone, i) => ({ host: `10.0.0.${i}`, port: 1, kind: "task", lane: 0, zone }));

const factors = (zones: (string | undefined)[], own: string | undefined): number[] => [
  ...zoneFactors(fleet(...zones), own),
];

test("endpoints elsewhere cost half as much again", () => {
  expect(factors(["a", "b", "c"], "a")).toEqual([1, 1.5, 1.5]);
});

test("an endpoint without a known zone counts as local", () => {
  expect(factors(["a", undefined, "b"], "a")).toEqual([1, 1, 1.5]);
});

test("a caller that does not know where it is prefers nobody", () => {
  expect(factors(["a", "b"], undefined)).toEqual([1, 1]);
});

test("without a local endpoint nobody is preferred", () => {
  expect(factors(["b", "c"], "a")).toEqual([1, 1]);
});

test("too few local endpoints are not given their whole zone's load", () => {
  // Two zones, one of eight local: a fair share would be four, half of it two.
  expect(factors(["a", "b", "b", "b", "b", "b", "b", "b"], "a")).toEqual(new Array(8).fill(1));
  expect(factors(["a", "a", "b", "b", "b", "b", "b", "b"], "a")).toEqual([1, 1, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5]);
});
