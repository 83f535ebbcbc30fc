import { FakeClock } from "@agent-team/foundation/fake-clock";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { type LookupAnswer, PollingResolver } from "./polling.ts";
import type { Reach } from "./resolver.ts";

const TTL_MS = 10_000;

let clock: FakeClock;
let listener: RecordingListener;
let answer: LookupAnswer;
let reach: Reach;
let resolver: PollingResolver;

/** What the next queries answer: every registered task. */
function register(...hosts: readonly string[]): void {
  const endpoints = hosts.map((host) => ({ host, port: 1, kind: "task", lane: 0 }) as const);
  answer = { endpoints, isComplete: true, ttlMs: TTL_MS };
}

/** Advances the clock by `ms`, and returns the hosts of the last set with the reserves in brackets. */
async function hostsAfter(ms: number): Promise<string> {
  await clock.advanceAsync(ms);
  const last = listener.results.findLast(({ kind }) => kind === "update");
  if (last?.kind !== "update") return "";
  return [...last.set].map(({ host, isReserve }) => (isReserve === true ? `(${host})` : host)).join(" ");
}

beforeEach(async () => {
  clock = new FakeClock();
  listener = new RecordingListener();
  reach = "serving";
  register("a", "b", "c");
  const lookup = { whenEmpty: "nothing is registered", resolve: () => Promise.resolve(answer), cancel: () => {} };
  resolver = new PollingResolver(lookup, { clock, random: () => 0.5, reachOf: () => reach }, RESOLVER_DEFAULTS);
  resolver.start(listener);
  await clock.advanceAsync(0);
});

afterEach(() => {
  resolver.close();
  expect(clock.pendingTimers).toBe(0);
});

test("a reserve is removed 60 s after it became one, between two answers", async () => {
  register("a", "b");
  expect(await hostsAfter(29_999)).toBe("a b c");
  expect(await hostsAfter(1)).toBe("a b (c)");
  await clock.advanceAsync(55_000);
  resolver.refresh("goaway"); // moves the later answers away from 90 s
  expect(await hostsAfter(4_999)).toBe("a b (c)");
  expect(await hostsAfter(1)).toBe("a b");
});

test("an endpoint that is not listed is removed when its connection is lost, and a listed one stays", async () => {
  register("a", "b");
  await clock.advanceAsync(10_000);
  resolver.didDisconnect("a:1");
  resolver.didDisconnect("c:1");
  expect(await hostsAfter(0)).toBe("a b");
});

test("a quarantine is reported once, and again after it has ended", async () => {
  const quarantines = (): unknown[] => listener.results.filter(({ kind }) => kind === "quarantined");
  register("a");
  await clock.advanceAsync(30_000);
  expect(quarantines()).toEqual([{ kind: "quarantined", endpoints: 2 }]);
  register("a", "b", "c");
  await clock.advanceAsync(10_000);
  register("b");
  await clock.advanceAsync(10_000);
  expect(quarantines()).toHaveLength(2);
});

describe("empty answers", () => {
  beforeEach(() => {
    reach = "unreachable";
    register();
  });

  test("are errors that keep the set, until they are confirmed for a minute", async () => {
    await clock.advanceAsync(60_000);
    expect(new Set(listener.results.slice(1).map(({ kind }) => kind))).toEqual(new Set(["error"]));
    await clock.advanceAsync(60_000);
    const emptied = listener.results.filter(({ kind }) => kind === "emptied");
    expect(emptied).toMatchObject([{ error: { rawMessage: "nothing is registered" } }]);
  });

  test("keep the set if they come from failed queries", async () => {
    answer = { ...answer, isComplete: false };
    await clock.advanceAsync(1_000_000);
    expect(new Set(listener.results.slice(1).map(({ kind }) => kind))).toEqual(new Set(["error"]));
  });

  test("are followed by the set of the next answer that has endpoints", async () => {
    await clock.advanceAsync(120_000);
    register("d");
    expect(await hostsAfter(30_000)).toBe("d");
  });
});
