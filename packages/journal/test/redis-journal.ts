import type { Clock } from "@agent-team/foundation/clock";
import { RedisServer, type RedisServerOptions } from "@agent-team/test-support/redis-server";
import { Redis } from "ioredis";
import { expect, onTestFinished, vi } from "vitest";
import { type Journal, type RedisEvent, readRedisUrl } from "../src/index.ts";
import { RedisJournal } from "../src/redis/client.ts";
import { HEARTBEAT_MS } from "../src/redis/connection.ts";
import { countingClock } from "./counting-clock.ts";

/** Timers that only `pass` fires, on any machine. The waits between two attempts run in real time. */
const MANUAL_MS = { requests: 60_000, connecting: 61_000, heartbeat: HEARTBEAT_MS } as const;

export interface WatchedJournal {
  readonly journal: Journal;
  /** All events so far. */
  readonly events: readonly RedisEvent[];
  /** Fires all timers of that kind that run now. `requests`: their deadlines, and the bound of the wait for a session. */
  pass(what: keyof typeof MANUAL_MS): void;
}

/** A journal that is closed at the end of the test, which fails if the journal leaves a timer. */
export function watched(url: string, trust: { readonly ca?: string } = {}): WatchedJournal {
  const clock = countingClock();
  const waiting = new Map<number, Set<() => void>>(Object.values(MANUAL_MS).map((delayMs) => [delayMs, new Set()]));
  const manualClock: Clock = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setTimer(delayMs, callback) {
      const same = waiting.get(delayMs);
      if (same === undefined) return clock.setTimer(delayMs, callback);
      const fire = (): void => callback();
      same.add(fire);
      return { cancel: () => void same.delete(fire), ref() {}, unref() {} };
    },
  };
  const events: RedisEvent[] = [];
  const journal = new RedisJournal({
    target: readRedisUrl(url),
    clock: manualClock,
    random: () => 0, // the shortest wait of each backoff
    requestTimeoutMs: MANUAL_MS.requests,
    connectTimeoutMs: MANUAL_MS.connecting,
    onEvent: (event) => void events.push(event),
    ...trust,
  });
  onTestFinished(async () => {
    await journal.close();
    expect(clock.open + [...waiting.values()].reduce((sum, { size }) => sum + size, 0)).toBe(0);
  });
  const pass = (what: keyof typeof MANUAL_MS): void => {
    const same = waiting.get(MANUAL_MS[what]) ?? new Set();
    for (const fire of [...same]) if (same.delete(fire)) fire();
  };
  return { journal, events, pass };
}

/** The codes of the events, in order. */
export function codesOf(events: readonly RedisEvent[]): readonly string[] {
  return events.map((event) => (event.kind === "ready" ? "ready" : event.code));
}

/** A Redis of the test, which ends with it. */
export async function redis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** A client for the actions of an operator. */
export function adminOf({ port }: RedisServer): Redis {
  const admin = new Redis(port, "127.0.0.1");
  admin.on("error", () => {}); // tests kill its server
  onTestFinished(() => admin.disconnect());
  return admin;
}

/** The error of a request whose deadline passes after the journal has reported a fault. */
export async function refusalOf({ journal, events, pass }: WatchedJournal): Promise<string> {
  const get = journal.get("a").then(
    () => "no error",
    (error: Error) => error.message,
  );
  await vi.waitUntil(() => events.length > 0);
  pass("requests");
  return get;
}

export function untilReady(journal: Journal): Promise<boolean> {
  return vi.waitUntil(() => journal.isReady);
}

export function untilAway(journal: Journal): Promise<boolean> {
  return vi.waitUntil(() => !journal.isReady);
}
