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

test("a diff has the keys that one set has and the other has not", () => {
  const sets = fc.uniqueArray(fc.nat(20)).map((hosts) => new EndpointSet(hosts.map((n) => task(`10.0.0.${n}`))));
  fc.assert(
    fc.property(sets, sets, (before, after) => {
      const { added, removed } = diffEndpoints(before, after);
      expect(added).toEqual([...after.keys()].filter((key) => !before.has(key)));
      expect(removed).toEqual([...before.keys()].filter((key) => !after.has(key)));
    }),
  );
});

test("a union has the endpoints of all sets, and of two with one key that of the earlier set", () => {
  const first = new EndpointSet([{ ...task("10.0.0.1"), zone: "a" }, task("10.0.0.2")]);
  const second = new EndpointSet([task("10.0.0.3"), { ...task("10.0.0.1"), zone: "b" }]);
  const union = EndpointSet.union([EndpointSet.empty, first, second]);
  expect([...union].map(({ host }) => host)).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
  expect(union.get("10.0.0.1:50051")?.zone).toBe("a");
  expect(EndpointSet.union([EndpointSet.empty, first])).toBe(first);
  expect(EndpointSet.union([]).size).toBe(0);
});
