import { expect, test } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import { remoteOnes } from "./zone.ts";

/** One endpoint for each zone; `undefined`: the zone is not known. */
const fleet = (...zones: (string | undefined)[]): Endpoint[] =>
  zones.map((zone, i) => ({ host: `10.0.0.${i}`, port: 1, kind: "task", lane: 0, zone }));

/** One letter for each endpoint: local or remote. */
const sidesOf = (zones: (string | undefined)[], own: string | undefined): string =>
  remoteOnes(fleet(...zones), own)
    .map((isRemote) => (isRemote ? "r" : "l"))
    .join("");

test("endpoints of other zones are remote", () => {
  expect(sidesOf(["a", "b", "c"], "a")).toBe("lrr");
});

test("an endpoint without a known zone counts as local", () => {
  expect(sidesOf(["a", undefined, "b"], "a")).toBe("llr");
});

test("a client without a known zone has no preference", () => {
  expect(sidesOf(["a", "b"], undefined)).toBe("ll");
});

test("without a local endpoint there is no preference", () => {
  expect(sidesOf(["b", "c"], "a")).toBe("ll");
});

test("too few local endpoints do not get the load of their whole zone", () => {
  // Two zones, one of eight local: a fair share would be four, half of it two.
  expect(sidesOf(["a", "b", "b", "b", "b", "b", "b", "b"], "a")).toBe("llllllll");
  expect(sidesOf(["a", "a", "b", "b", "b", "b", "b", "b"], "a")).toBe("llrrrrrr");
});
