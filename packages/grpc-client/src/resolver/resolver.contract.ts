/** The test suite of every resolver, for all strategies. */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { describe, expect, test } from "vitest";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { turns } from "../../test/support/until.ts";
import type { Resolver } from "./resolver.ts";

/** A resolver, with the service that it queries. */
export interface ResolverSubject extends AsyncDisposable {
  readonly resolver: Resolver;
  /** The endpoints that it must find, sorted. */
  readonly keys: readonly string[];
  /** Undefined: the strategy queries no service. */
  readonly source?: AnswerSource | undefined;
}

/** The service that the strategy queries. */
export interface AnswerSource {
  /** Queries so far. */
  readonly asked: number;
  /** Makes every further answer unusable. */
  fail(how: "empty" | "error"): void;
  /** Answers as before `fail`. */
  recover(): void;
}

export type MakeSubject = (clock: FakeClock) => Promise<ResolverSubject>;

/** Longer than any TTL and any backoff. */
const LONG_MS = 35_000;
/** Shortest time between two queries. */
const MIN_INTERVAL_MS = 1_000;

export function resolverContract(name: string, make: MakeSubject): void {
  describe(`${name}: every resolver`, () => {
    test("reports its endpoints after the start", async () => {
      await using started = await start(make);
      expect(await started.listener.nextKeys()).toEqual(started.subject.keys);
    });

    test("keeps an endpoint that is listed and cannot be connected to", async () => {
      await using started = await start(make);
      const { listener, subject } = started;
      await listener.nextKeys();
      for (const key of subject.keys) subject.resolver.didFailToConnect(key);
      expect(listener.results).toHaveLength(1);
    });

    test("reports nothing after close, and leaves no timer", async () => {
      const clock = new FakeClock();
      await using subject = await make(clock);
      const listener = new RecordingListener();
      subject.resolver.start(listener);
      const { length } = listener.results;
      subject.resolver.close();
      subject.resolver.refresh("goaway");
      await turns(1); // a cancelled query ends in the next turn of the event loop
      expect(clock.pendingTimers).toBe(0);
      await clock.advanceAsync(LONG_MS);
      expect(listener.results).toHaveLength(length);
    });

    test("makes at most one query for many requests, and reports the same set again", async () => {
      await using started = await start(make);
      const { clock, listener, subject } = started;
      const keys = await listener.nextKeys();
      const asked = subject.source?.asked ?? 0;
      await clock.advanceAsync(MIN_INTERVAL_MS);
      for (let i = 0; i < 10; i++) subject.resolver.refresh("connection-lost");
      await clock.advanceAsync(0);
      if (subject.source === undefined) return expect(listener.results).toHaveLength(1);
      expect(await listener.nextKeys()).toEqual(keys);
      expect(subject.source.asked).toBe(2 * asked);
    });

    for (const how of ["empty", "error"] as const) {
      test(`keeps the last good set when the answer is ${how === "empty" ? "empty" : "an error"}, and recovers`, async () => {
        await using started = await start(make);
        const { listener, subject } = started;
        const keys = await listener.nextKeys();
        if (subject.source === undefined) return;
        subject.source.fail(how);
        await askAgain(started);
        expect((await listener.nextError()).message).toMatch(/^\[unavailable\] (DNS|Cloud Map) /);
        subject.source.recover();
        await askAgain(started);
        expect(await listener.nextKeys()).toEqual(keys);
      });
    }
  });
}

interface Started extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly subject: ResolverSubject;
  readonly listener: RecordingListener;
}

/** Starts a subject. Its disposal fails if a timer is left. */
async function start(make: MakeSubject): Promise<Started> {
  const clock = new FakeClock();
  const subject = await make(clock);
  const listener = new RecordingListener();
  subject.resolver.start(listener);
  return {
    clock,
    subject,
    listener,
    async [Symbol.asyncDispose]() {
      subject.resolver.close();
      await subject[Symbol.asyncDispose]();
      await turns(1); // a cancelled query ends in the next turn of the event loop
      expect(clock.pendingTimers).toBe(0);
    },
  };
}

/** Makes the next query happen before its time. The answer takes real time: wait for it before the clock advances further. */
async function askAgain({ clock, subject }: Started): Promise<void> {
  await clock.advanceAsync(MIN_INTERVAL_MS - 1);
  subject.resolver.refresh("nothing-ready");
  await clock.advanceAsync(1);
}
