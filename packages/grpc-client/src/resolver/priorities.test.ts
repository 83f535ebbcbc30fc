import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, expect, test } from "vitest";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import { ManualResolver } from "../testing/manual-resolver.ts";
import { PriorityResolver } from "./priorities.ts";

const HEAD_START_MS = 1_000;

let clock: FakeClock;
let inner: ManualResolver;
let listener: RecordingListener;
let resolver: PriorityResolver;

beforeEach(() => {
  clock = new FakeClock();
  inner = new ManualResolver();
  listener = new RecordingListener();
  resolver = new PriorityResolver(inner, clock);
  resolver.start(listener);
});

/** An answer: host to priority. */
function answer(priorities: Readonly<Record<string, number | undefined>>): void {
  inner.update(Object.entries(priorities).map(([host, priority]) => ({ host, port: 1, priority })));
}

/** The hosts of the last set. */
function published(): string {
  const last = listener.results.at(-1);
  return last?.kind === "update" ? [...last.set].map(({ host }) => host).join(" ") : `${last?.kind}`;
}

test("a set without priorities is passed on unchanged, and no timer is set", () => {
  answer({ a: undefined, b: undefined });
  expect(published()).toBe("a b");
  answer({ a: 1, b: 1 });
  expect(published()).toBe("a b");
  expect(clock.pendingTimers).toBe(0);
});

test("the class with the lowest number is published first, and each further class after a head start", () => {
  answer({ c: 30, a: 10, b: 20, also: 10 });
  expect(published()).toBe("a also");
  clock.advance(HEAD_START_MS - 1);
  expect(published()).toBe("a also");
  clock.advance(1);
  expect(published()).toBe("a b also");
  clock.advance(HEAD_START_MS);
  expect(published()).toBe("c a b also");
  expect(clock.pendingTimers).toBe(0);
});

test("the next class is published at once when every published endpoint has failed to connect", () => {
  answer({ a: 10, also: 10, b: 20, c: 30 });
  resolver.didFailToConnect("a:1");
  expect(published()).toBe("a also");
  resolver.didFailToConnect("also:1");
  expect(published()).toBe("a also b");
  expect(inner.connectFailures).toEqual(["a:1", "also:1"]);
  clock.advance(HEAD_START_MS - 1);
  expect(published()).toBe("a also b");
});

test("a failed connect of an unpublished endpoint does not publish a class", () => {
  answer({ a: 10, b: 20 });
  resolver.didFailToConnect("b:1");
  expect(published()).toBe("a");
});

test("a published class stays published, as the standby", () => {
  answer({ a: 10, b: 20 });
  clock.advance(HEAD_START_MS);
  answer({ a: 10, b: 20, new: 20, better: 5 });
  expect(published()).toBe("a b new better");
});

test("the next class is published at once when the published classes are gone", () => {
  answer({ a: 10, b: 20 });
  answer({ b: 20, c: 30 });
  expect(published()).toBe("b");
  clock.advance(HEAD_START_MS);
  expect(published()).toBe("b c");
});

test("a class that is added later has a head start too", () => {
  answer({ a: 10 });
  clock.advance(HEAD_START_MS);
  answer({ a: 10, b: 20 });
  expect(published()).toBe("a");
  clock.advance(HEAD_START_MS);
  expect(published()).toBe("a b");
});

test("an unchanged answer is published again and starts no further head start", () => {
  answer({ a: 10, b: 20 });
  clock.advance(HEAD_START_MS / 2);
  answer({ a: 10, b: 20 });
  expect(listener.results).toHaveLength(2);
  clock.advance(HEAD_START_MS / 2);
  expect(published()).toBe("a b");
});

test("errors are passed on, and close cancels the head start", () => {
  answer({ a: 10, b: 20 });
  inner.fail();
  expect(published()).toBe("error");
  resolver.close();
  expect(inner.isClosed).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});
