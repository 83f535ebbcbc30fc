import { expect, test } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import { zoneFactors } from "./zone.ts";

/** One endpoint for each zone; `undefined`: the zone is not known. */
const fleet = (...zones: (string | undefined)[]): Endpoint[] =>
  zones.map((zone, i) => ({ host: `10.0.0.${i}`, port: 1, kind: "task", lane: 0, zone }));

const factors = (zones: (string | undefined)[], own: string | undefined): number[] => [
  ...zoneFactors(fleet(...zones), own),
];

test("remote endpoints cost 1.5 times as much", () => {
  expect(factors(["a", "b", "c"], "a")).toEqual([1, 1.5, 1.5]);
});

test("an endpoint without a known zone counts as local", () => {
  expect(factors(["a", undefined, "b"], "a")).toEqual([1, 1, 1.5]);
});

test("a client without a known zone has no preference", () => {
  expect(factors(["a", "b"], undefined)).toEqual([1, 1]);
});

test("without a local endpoint there is no preference", () => {
  expect(factors(["b", "c"], "a")).toEqual([1, 1]);
});

test("too few local endpoints do not get the load of their whole zone", () => {
  // Two zones, one of eight local: a fair share would be four, half of it two.
  expect(factors(["a", "b", "b", "b", "b", "b", "b", "b"], "a")).toEqual(new Array(8).fill(1));
  expect(factors(["a", "a", "b", "b", "b", "b", "b", "b"], "a")).toEqual([1, 1, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5]);
});
