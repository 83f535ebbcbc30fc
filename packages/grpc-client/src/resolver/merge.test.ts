import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import { type Answer, Merge } from "./merge.ts";
import type { Reach } from "./resolver.ts";

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

function reserves(merge: Merge): string {
  return [...merge.set].flatMap(({ host, isReserve }) => (isReserve === true ? [host] : [])).join(" ");
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

describe("an endpoint that serves calls", () => {
  /** Knows a to d, of which these serve calls, and gets complete answers without b at 10, 20 and 30 s. */
  function missing(...serving: readonly string[]): Merge {
    const merge = new Merge({ reachOf: (key) => (serving.includes(key.slice(0, 1)) ? "serving" : "unknown") });
    merge.didAnswer(complete("a", "b", "c", "d"), 0);
    for (const atMs of [10_000, 20_000, 30_000]) merge.didAnswer(complete("a", "c", "d"), atMs);
    return merge;
  }

  test("becomes a reserve, and is removed after 60 s", () => {
    const merge = missing("a", "b", "c", "d");
    expect(hosts(merge)).toBe("a b c d");
    expect(reserves(merge)).toBe("b");
    expect(merge.expiresAtMs).toBe(90_000);
    merge.didAnswer(complete("a", "c", "d"), 60_000);
    expect(merge.expiresAtMs).toBe(90_000);
    merge.expire(89_999);
    expect(hosts(merge)).toBe("a b c d");
    merge.expire(90_000);
    expect(hosts(merge)).toBe("a c d");
    expect(merge.expiresAtMs).toBeUndefined();
  });

  test("is no reserve from the moment at which an answer lists it again", () => {
    const merge = missing("a", "b", "c", "d");
    merge.didAnswer(partial("b"), 31_000);
    expect(reserves(merge)).toBe("");
    expect(merge.expiresAtMs).toBeUndefined();
    merge.expire(1_000_000);
    expect(hosts(merge)).toBe("a b c d");
  });

  test("is removed when its connection is lost", () => {
    const merge = missing("a", "b", "c", "d");
    merge.didDisconnect("b:1");
    expect(hosts(merge)).toBe("a c d");
  });

  test("is removed without a reserve when its connection does not work", () => {
    expect(hosts(missing("a", "c", "d"))).toBe("a c d");
  });

  test("is not in quarantine as one of two: a deployment replaces that many at a time", () => {
    const merge = missing("a", "b");
    expect([reserves(merge), merge.quarantined]).toEqual(["b", 0]);
  });
});

describe("an endpoint that is listed or missing from partial answers only", () => {
  test("stays when its connection is lost", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    merge.didAnswer(partial("a"), 1);
    merge.didDisconnect("a:1");
    merge.didDisconnect("b:1");
    expect(hosts(merge)).toBe("a b");
  });

  test("is removed when its connection is lost after one complete answer without it", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    merge.didAnswer(complete("a"), 1);
    merge.didDisconnect("b:1");
    expect(hosts(merge)).toBe("a");
  });
});

describe("the loss of more than half of the serving endpoints is in quarantine", () => {
  function shrinkAt(...timesMs: readonly number[]): Merge {
    const merge = new Merge({ reachOf: () => "serving" });
    merge.didAnswer(complete("a", "b", "c", "d", "e"), 0);
    for (const atMs of timesMs) merge.didAnswer(complete("a", "b"), atMs);
    return merge;
  }

  test("until three complete answers over 60 s confirm it", () => {
    const merge = shrinkAt(10_000, 40_000, 69_999);
    expect([reserves(merge), merge.quarantined]).toEqual(["", 3]);
    merge.didAnswer(complete("a", "b"), 70_000);
    expect([reserves(merge), merge.quarantined]).toEqual(["c d e", 0]);
  });

  test("not after two answers, however late the second one comes", () => {
    expect(shrinkAt(10_000, 500_000).quarantined).toBe(3);
  });

  test("and ends when an answer lists enough of them again", () => {
    const merge = shrinkAt(10_000, 40_000);
    merge.didAnswer(complete("a", "b", "c"), 50_000);
    expect([merge.quarantined, reserves(merge)]).toEqual([0, "d e"]);
    merge.didAnswer(complete("a", "b", "c", "d", "e"), 60_000);
    expect([merge.quarantined, reserves(merge)]).toEqual([0, ""]);
  });

  test("but a task of them that ends is removed: its connection is lost", () => {
    const merge = shrinkAt(10_000);
    merge.didDisconnect("c:1");
    expect(hosts(merge)).toBe("a b d e");
  });
});

describe("an endpoint that is in none of many samples", () => {
  const others = Array.from({ length: 49 }, (_, i) => `h${i}`);

  /** Samples of eight of 50 tasks, without `lost`. Returns how many it takes until `lost` is removed. */
  function samplesUntilRemoval(reach: Reach): number | undefined {
    const merge = new Merge({ reachOf: (key) => (key === "lost:1" ? reach : "serving") });
    merge.didAnswer(complete("lost", ...others), 0);
    for (let i = 1; i <= 200; i++) {
      const from = (i * 8) % 40;
      merge.didAnswer({ ...partial(...others.slice(from, from + 8)), isSample: true }, i * TTL_MS);
      if (!merge.set.has("lost:1")) return i;
    }
    return undefined;
  }

  test("is removed when it is not connected and (1 − 8/N)^k < 10⁻⁴: of 50 by the 53rd sample", () => {
    expect(samplesUntilRemoval("unknown")).toBe(53);
    expect(samplesUntilRemoval("unreachable")).toBe(53);
  });

  test("stays while it serves calls", () => {
    expect(samplesUntilRemoval("serving")).toBeUndefined();
  });

  test("stays when the answers are partial without being random samples", () => {
    const merge = new Merge();
    merge.didAnswer(complete("a", "b"), 0);
    for (let i = 0; i < 200; i++) merge.didAnswer(partial("a"), i * TTL_MS);
    expect(hosts(merge)).toBe("a b");
  });
});

describe("empty answers are believed", () => {
  function emptied({ reach, timesMs }: { reach: Reach; timesMs: readonly number[] }): string {
    const merge = new Merge({ reachOf: (key) => (key === "a:1" ? reach : "unreachable") });
    merge.didAnswer(complete("a", "b"), 0);
    for (const atMs of timesMs) merge.didAnswer(complete(), atMs);
    return hosts(merge);
  }

  test("after three of them over 60 s if every endpoint is unreachable", () => {
    expect(emptied({ reach: "unreachable", timesMs: [1_000, 2_000, 61_000] })).toBe("");
  });

  test.each<[string, Reach, readonly number[]]>([
    ["two of them are", "unreachable", [1_000, 100_000]],
    ["60 s have not passed", "unreachable", [1_000, 2_000, 3_000, 60_999]],
    ["an endpoint serves calls", "serving", [1_000, 2_000, 100_000]],
    ["an endpoint was not tried", "unknown", [1_000, 2_000, 100_000]],
  ])("not when %s", (_, reach, timesMs) => {
    expect(emptied({ reach, timesMs })).toBe("a b");
  });

  test("not when an answer in between had endpoints, and not when they come from failed queries", () => {
    const merge = new Merge({ reachOf: () => "unreachable" });
    merge.didAnswer(complete("a"), 0);
    for (const atMs of [1_000, 2_000, 61_000]) merge.didAnswer(partial(), atMs);
    merge.didAnswer(complete(), 70_000);
    merge.didAnswer(complete(), 80_000);
    merge.didAnswer(complete("a"), 90_000);
    merge.didAnswer(complete(), 200_000);
    expect(hosts(merge)).toBe("a");
  });
});

describe("for any sequence of events", () => {
  const hostName = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
  const hostNames = fc.uniqueArray(hostName, { maxLength: 8 });
  const step = fc.oneof(
    fc.record({
      kind: fc.constant("answer" as const),
      hosts: hostNames,
      isComplete: fc.boolean(),
      isSample: fc.boolean(),
      afterMs: fc.integer({ min: 0, max: 50_000 }),
    }),
    fc.record({ kind: fc.constant("unconnectable" as const), host: hostName }),
    fc.record({ kind: fc.constant("disconnect" as const), host: hostName }),
    fc.record({
      kind: fc.constant("reach" as const),
      host: hostName,
      reach: fc.constantFrom<Reach>("serving", "unknown"),
    }),
    fc.record({ kind: fc.constant("expire" as const) }),
  );
  const steps = fc.array(step, { maxLength: 60 });
  const MAX = 9;

  test("the set is never emptied, never exceeds its bound, and contains the last answer and only endpoints that an answer listed", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const reach = new Map<string, Reach>();
        const merge = new Merge({ maxEndpoints: MAX, reachOf: (key) => reach.get(key) ?? "unknown" });
        const seen = new Set<string>();
        let listed: readonly string[] = [];
        let nowMs = 0;
        for (const event of history) {
          const before = merge.set.size;
          switch (event.kind) {
            case "unconnectable":
              merge.didFailToConnect(`${event.host}:1`);
              break;
            case "disconnect":
              merge.didDisconnect(`${event.host}:1`);
              break;
            case "reach":
              reach.set(`${event.host}:1`, event.reach);
              break;
            case "expire":
              merge.expire(nowMs);
              break;
            case "answer":
              nowMs += event.afterMs;
              merge.didAnswer(
                { ...complete(...event.hosts), isComplete: event.isComplete, isSample: event.isSample },
                nowMs,
              );
              if (event.hosts.length > 0) listed = event.hosts;
              for (const host of event.hosts) seen.add(host);
              break;
            default:
              event satisfies never;
          }
          if (before > 0) expect(merge.set.size).toBeGreaterThan(0);
          expect(merge.set.size).toBeLessThanOrEqual(MAX);
          for (const host of listed) expect(merge.set.has(`${host}:1`)).toBe(true);
          for (const { host, isReserve } of merge.set) {
            expect(seen.has(host)).toBe(true);
            if (isReserve === true) expect(listed).not.toContain(host);
          }
        }
      }),
    );
  });
});

test("a changed priority, weight, zone or name makes a new set object, and the same answer does not", () => {
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
  const moved = { ...complete(), endpoints: [{ ...endpoint("a"), priority: 20, weight: 9, zone: "us-east-1a" }] };
  expect([...merge.didAnswer(moved, 4)]).toMatchObject([{ zone: "us-east-1a" }]);
  const reused = { ...moved, endpoints: moved.endpoints.map((before) => ({ ...before, name: "task-2.internal" })) };
  expect([...merge.didAnswer(reused, 5)]).toMatchObject([{ name: "task-2.internal" }]);
});
