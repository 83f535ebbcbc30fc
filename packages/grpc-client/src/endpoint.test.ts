import fc from "fast-check";
import { expect, test } from "vitest";
import { diffEndpoints, type Endpoint, EndpointSet, endpointKey } from "./endpoint.ts";

const task = (host: string, port = 50051): Endpoint => ({ host, port, kind: "task", lane: 0 });

test("each lane of an address is an endpoint", () => {
  expect(endpointKey(task("10.0.10.7"))).toBe("10.0.10.7:50051");
  expect(endpointKey({ ...task("10.0.10.7"), lane: 1 })).toBe("10.0.10.7:50051#1");
});

test("of two endpoints with one key the first stays", () => {
  const set = new EndpointSet([
    { ...task("10.0.10.7"), zone: "a" },
    { ...task("10.0.10.7"), zone: "b" },
  ]);
  expect(set.size).toBe(1);
  expect(set.get("10.0.10.7:50051")?.zone).toBe("a");
});

test("a diff has every endpoint exactly once, as added, kept or removed", () => {
  const sets = fc.uniqueArray(fc.nat(20)).map((hosts) => new EndpointSet(hosts.map((n) => task(`10.0.0.${n}`))));
  fc.assert(
    fc.property(sets, sets, (before, after) => {
      const { added, kept, removed } = diffEndpoints(before, after);
      expect(new Set([...kept, ...removed].map(endpointKey))).toEqual(new Set(before.keys()));
      expect(new Set([...kept, ...added].map(endpointKey))).toEqual(new Set(after.keys()));
      expect(kept.length + removed.length).toBe(before.size);
      expect(kept.length + added.length).toBe(after.size);
    }),
  );
});
