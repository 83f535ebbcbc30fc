import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import { type Answer, Merge } from "./merge.ts";

const TTL_MS = 10_000;

function endpoint(host: string): Endpoint {
  return { host, port: 1, kind: "task", lane: 0 };
}

function complete(...hosts: string[]): Answer {
  return { endpoints: hosts.map(endpoint), isComplete: true, ttlMs: TTL_MS };
}

function partial(...hosts: string[]): Answer {
  return { ...complete(...hosts), isComplete: false };
}

function hosts(merge: Merge): string {
  return [...merge.set]
    .map(({ host }) => host)
    .sort()
    .join(" ");
}

test("a listed endpoint is added at once", () => {
  const merge = new Merge();
  merge.didAnswer(complete("a"), 0);
  expect(hosts(merge)).toBe("a");
  merge.didAnswer(partial("b"), 1);
  expect(hosts(merge)).toBe("a b");
});

test("an answer without a change keeps the same set object", () => {
  const merge = new Merge();
  const set = merge.didAnswer(complete("a", "b"), 0);
  expect(merge.didAnswer(complete("b", "a"), 1)).toBe(set);
  expect(merge.didAnswer(complete("a"), 2)).toBe(set);
});

describe("an endpoint that complete answers do not list", () => {
  test("is removed by the second of them when two TTLs have passed", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    merge.didAnswer(complete("a"), 10_000);
    merge.didAnswer(complete("a"), 29_999);
    expect(hosts(merge)).toBe("a b");
    merge.didAnswer(complete("a"), 30_000);
    expect(hosts(merge)).toBe("a");
  });

  test("stays after one of them, however late it comes", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    merge.didAnswer(complete("a"), 1_000_000);
    expect(hosts(merge)).toBe("a b");
  });

  test("stays after one of them that follows partial answers without it", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    merge.didAnswer(partial("a"), 10_000);
    merge.didAnswer(complete("a"), 40_000);
    expect(hosts(merge)).toBe("a b");
  });

  test("starts anew when it is listed again", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    merge.didAnswer(complete("a"), 10_000);
    merge.didAnswer(partial("b"), 20_000);
    merge.didAnswer(complete("a"), 30_000);
    merge.didAnswer(complete("a"), 40_000);
    expect(hosts(merge)).toBe("a b");
  });

  test("is removed at once when a connect fails", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    merge.didAnswer(complete("a"), 1);
    merge.didFailToConnect("b:1");
    expect(hosts(merge)).toBe("a");
  });
});

test("partial answers never remove a healthy endpoint", () => {
  const merge = new Merge();
  merge.didAnswer(complete("a", "b"), 0);
  for (let i = 1; i <= 100; i++) merge.didAnswer(partial("a"), i * TTL_MS);
  expect(hosts(merge)).toBe("a b");
  merge.didFailToConnect("b:1");
  expect(hosts(merge)).toBe("a");
});

test("a listed endpoint stays after a failed connect", () => {
  const merge = new Merge();
  merge.didAnswer(complete("a"), 0);
  merge.didFailToConnect("a:1");
  merge.didFailToConnect("unknown:1");
  expect(hosts(merge)).toBe("a");
});

test("an empty answer changes nothing, not even the absence of an endpoint", () => {
  const merge = new Merge();
  merge.didAnswer(complete("a", "b"), 0);
  merge.didAnswer(complete("a"), 10_000);
  merge.didAnswer(complete(), 100_000);
  expect(hosts(merge)).toBe("a b");
  merge.didFailToConnect("a:1");
  expect(hosts(merge)).toBe("a b");
});

test("beyond the bound the longest absent endpoint is removed, and never a listed one", () => {
  const merge = new Merge({ maxEndpoints: 3 });
  merge.didAnswer(complete("a", "b", "c"), 0);
  merge.didAnswer(partial("b", "c"), 1);
  merge.didAnswer(partial("c"), 2);
  merge.didAnswer(partial("c", "d"), 3);
  expect(hosts(merge)).toBe("b c d");
  merge.didAnswer(partial("b", "c", "d", "e"), 4);
  expect(hosts(merge)).toBe("b c d");
});

describe("for any sequence of events", () => {
  const hostName = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
  const hostNames = fc.uniqueArray(hostName, { maxLength: 8 });
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("answer" as const),
      hosts: hostNames,
      isComplete: fc.boolean(),
      afterMs: fc.integer({ min: 0, max: 50_000 }),
    }),
    fc.record({ kind: fc.constant("unconnectable" as const), host: hostName }),
  );
  const steps = fc.array(step, { maxLength: 60 });
  const MAX = 9;

  test("the set is never emptied, never exceeds its bound, and contains the last answer and only endpoints that an answer listed", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const merge = new Merge({ maxEndpoints: MAX });
        const seen = new Set<string>();
        let listed: readonly string[] = [];
        let nowMs = 0;
        for (const event of history) {
          const before = merge.set.size;
          if (event.kind === "unconnectable") {
            merge.didFailToConnect(`${event.host}:1`);
          } else {
            nowMs += event.afterMs;
            merge.didAnswer({ ...complete(...event.hosts), isComplete: event.isComplete }, nowMs);
            if (event.hosts.length > 0) listed = event.hosts;
            for (const host of event.hosts) seen.add(host);
          }
          if (before > 0) expect(merge.set.size).toBeGreaterThan(0);
          expect(merge.set.size).toBeLessThanOrEqual(MAX);
          for (const host of listed) expect(merge.set.has(`${host}:1`)).toBe(true);
          for (const { host } of merge.set) expect(seen.has(host)).toBe(true);
        }
      }),
    );
  });
});

test("a changed priority or weight makes a new set object, and the same answer does not", () => {
  const merge = new Merge();
  const ranked = (priority: number, weight: number): Answer => ({
    ...complete(),
    endpoints: [{ ...endpoint("a"), priority, weight }],
  });
  const first = merge.didAnswer(ranked(10, 1), 0);
  expect(merge.didAnswer(ranked(10, 1), 1)).toBe(first);
  const second = merge.didAnswer(ranked(20, 1), 2);
  expect([...second]).toMatchObject([{ priority: 20, weight: 1 }]);
  expect([...merge.didAnswer(ranked(20, 9), 3)]).toMatchObject([{ priority: 20, weight: 9 }]);
});
