import type { Clock } from "@agent-team/foundation/clock";
import { expect, onTestFinished } from "vitest";
import { type Journal, type RedisEvent, RedisJournal, readRedisUrl } from "../src/index.ts";
import { heartbeatMs } from "../src/redis/connection.ts";
import { countingClock } from "./counting-clock.ts";

/** What passes by the test's hand alone, however slow the machine is; the waits between two attempts pass by themselves. */
const byHand = { requests: 60_000, connecting: 61_000, heartbeat: heartbeatMs } as const;

export interface WatchedJournal {
  readonly journal: Journal;
  /** Everything that it told whoever runs it. */
  readonly events: readonly RedisEvent[];
  /** The time is up for all that has such a timer now: `requests` are their deadlines, and the patience with a trouble. */
  pass(what: keyof typeof byHand): void;
}

/** A journal that the end of the test closes; it fails the test when it leaves a timer or a connection behind. */
export function watched(url: string, trust: { readonly ca?: string } = {}): WatchedJournal {
  const clock = countingClock();
  const waiting = new Map<number, Set<() => void>>(Object.values(byHand).map((delayMs) => [delayMs, new Set()]));
  const handClock: Clock = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    setTimer(delayMs, callback) {
      const same = waiting.get(delayMs);
      if (same === undefined) return clock.setTimer(delayMs, callback);
      const fire = (): void => callback();
      same.add(fire);
      return { cancel: () => void same.delete(fire) };
    },
  };
  const events: RedisEvent[] = [];
  const journal = new RedisJournal({
    target: readRedisUrl(url),
    clock: handClock,
    random: () => 0, // of each backoff its shortest wait
    requestTimeoutMs: byHand.requests,
    connectTimeoutMs: byHand.connecting,
    onEvent: (event) => void events.push(event),
    ...trust,
  });
  onTestFinished(async () => {
    await journal.close();
    expect(clock.open + [...waiting.values()].reduce((sum, { size }) => sum + size, 0)).toBe(0);
  });
  const pass = (what: keyof typeof byHand): void => {
    const same = waiting.get(byHand[what]) ?? new Set();
    for (const fire of [...same]) if (same.delete(fire)) fire();
  };
  return { journal, events, pass };
}

/** The codes of its troubles, in order. */
export function codesOf(events: readonly RedisEvent[]): readonly string[] {
  return events.map((event) => (event.kind === "ready" ? "ready" : event.code));
}
