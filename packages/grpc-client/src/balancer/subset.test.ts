import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { beforeEach, expect, test } from "vitest";
import { type Endpoint, EndpointSet } from "../endpoint.ts";
import { Subset } from "./subset.ts";

let clock: FakeClock;
let down: Set<string>;
let changes: number;

beforeEach(() => {
  clock = new FakeClock();
  down = new Set();
  changes = 0;
});

function subsetOf(size: number, clientId = 1, zone?: string): Subset {
  return new Subset({
    clock,
    size,
    clientId: () => clientId,
    ownZone: () => zone,
    isUsable: (key) => !down.has(key),
    onChange: () => void changes++,
  });
}

function fleet(count: number, rest: (i: number) => Partial<Endpoint> = () => ({})): EndpointSet {
  return new EndpointSet(
    Array.from({ length: count }, (_, i) => ({
      host: `10.0.${i >> 8}.${i & 255}`,
      port: 1,
      kind: "task" as const,
      lane: 0,
      ...rest(i),
    })),
  );
}

function keys(subset: Subset, set: EndpointSet): string[] {
  return [...(subset.select([set])[0]?.keys() ?? [])];
}

test("a set that is not above the size is used as it is", () => {
  const sets = [fleet(64), EndpointSet.empty];
  expect(subsetOf(64).select(sets)).toBe(sets);
  expect(subsetOf(Number.POSITIVE_INFINITY).select([fleet(1_000)])[0]?.size).toBe(1_000);
});

test("of a larger set a client uses as many as the size, the same ones each time", () => {
  const subset = subsetOf(64);
  expect(keys(subset, fleet(1_000))).toHaveLength(64);
  expect(keys(subset, fleet(1_000))).toEqual(keys(subset, fleet(1_000)));
});

test("an endpoint that is added or removed changes at most one member", () => {
  const subset = subsetOf(64);
  const before = new Set(keys(subset, fleet(1_000)));
  const after = keys(subset, fleet(1_001));
  expect(after.filter((key) => !before.has(key)).length).toBeLessThanOrEqual(1);
});

test("over many clients all endpoints are used equally", () => {
  const [seed, clients, counts] = [20_261_129, 2_000, new Map<string, number>()];
  const random = seededRandom(seed);
  for (let i = 0; i < clients; i++)
    for (const key of keys(subsetOf(16, (random() * 2 ** 32) | 0), fleet(100)))
      counts.set(key, (counts.get(key) ?? 0) + 1);
  // Binomial: 320 ± √(2,000 × 0.16 × 0.84) = 16.4; 6 σ of 100 endpoints leave one false alarm in 10⁷.
  for (const key of fleet(100).keys())
    expect(Math.abs((counts.get(key) ?? 0) - 320), `seed ${seed}, ${key}`).toBeLessThan(6 * 16.4);
});

test("endpoints of the client's zone come first, and before that the lowest priority", () => {
  const set = fleet(100, (i) => ({ zone: i % 2 === 0 ? "a" : "b", priority: i < 80 ? 10 : 0 }));
  const [selected] = subsetOf(40, 1, "a").select([set]);
  const chosen = [...(selected ?? [])];
  expect(chosen.filter(({ priority }) => priority === 0)).toHaveLength(20);
  expect(chosen.filter(({ priority, zone }) => priority === 10 && zone === "a")).toHaveLength(20);
});

test("the next one stands in for a member that has not been usable for 10 s, until it is", () => {
  const [subset, set] = [subsetOf(12), fleet(100)];
  const members = keys(subset, set);
  down.add(members[3] ?? "");
  subset.observe(subset.select([set]));
  clock.advance(9_999);
  expect(keys(subset, set)).toEqual(members);
  clock.advance(1);
  expect(changes).toBe(1);
  const withStandIn = keys(subset, set);
  expect(withStandIn.slice(0, 12)).toEqual(members); // it goes on to be connected to
  expect(withStandIn).toHaveLength(13);
  down.clear();
  subset.observe(subset.select([set]));
  expect(changes).toBe(2);
  expect(keys(subset, set)).toEqual(members);
  expect(clock.pendingTimers).toBe(0);
});

test("a short outage changes nothing, and closing cancels the timer", () => {
  const [subset, set] = [subsetOf(12), fleet(100)];
  const [first = ""] = keys(subset, set);
  down.add(first);
  subset.observe(subset.select([set]));
  clock.advance(5_000);
  down.clear();
  subset.observe(subset.select([set]));
  clock.advance(60_000);
  expect([changes, clock.pendingTimers]).toEqual([0, 0]);
  down.add(first);
  subset.observe(subset.select([set]));
  subset.close();
  expect(clock.pendingTimers).toBe(0);
});
