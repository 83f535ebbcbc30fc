import { expect, test } from "vitest";
import { DEFAULT_CONNECTION_LIMITS } from "../connection-limits.ts";
import { ConnectionPlaces } from "./connection-places.ts";

const placesOf = (limits: Partial<typeof DEFAULT_CONNECTION_LIMITS>): ConnectionPlaces =>
  new ConnectionPlaces({ ...DEFAULT_CONNECTION_LIMITS, ...limits });

test("an address has its own number of places, and gets them back", () => {
  const places = placesOf({ maxConnectionsPerAddress: 2 });
  expect([places.take("10.0.0.1"), places.take("10.0.0.1")]).toEqual([undefined, undefined]);
  expect(places.take("10.0.0.1")).toBe("connections-per-address");
  expect(places.take("10.0.0.2")).toBeUndefined();
  places.giveBack("10.0.0.1");
  expect(places.take("10.0.0.1")).toBeUndefined();
  expect(places.take("10.0.0.1")).toBe("connections-per-address");
});

test("the limit of all connections counts first, and one that is refused takes no place of its address", () => {
  const places = placesOf({ maxConnections: 1, maxConnectionsPerAddress: 1 });
  expect(places.take("10.0.0.1")).toBeUndefined();
  expect([places.take("10.0.0.1"), places.take("10.0.0.2")]).toEqual(["connections", "connections"]);
  places.giveBack("10.0.0.1");
  expect(places.take("10.0.0.2")).toBeUndefined();
});

test("a Unix socket has no address, and is limited by the number of all alone", () => {
  const places = placesOf({ maxConnections: 2, maxConnectionsPerAddress: 1 });
  expect([places.take(undefined), places.take(undefined), places.take(undefined)]).toEqual([
    undefined,
    undefined,
    "connections",
  ]);
});
