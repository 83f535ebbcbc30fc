import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { eventStream } from "./event-stream.ts";

const CONNECTION = { breakOff: () => expect.fail("the connection breaks") };

test("a source that fails breaks the connection, and the body does not end before that", async () => {
  let broken = 0;
  const connection = { breakOff: () => void broken++ };
  async function* failing(): AsyncGenerator<string, void> {
    yield "a";
    throw new Error("10.0.10.7 is lost");
  }
  const clock = new FakeClock();
  const reader = eventStream(failing(), clock, connection).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("a");
  let hasEnded = false;
  const rest = reader.read().then(() => (hasEnded = true));
  await expect.poll(() => broken).toBe(1);
  await clock.advanceAsync(20_000);
  expect(hasEnded).toBe(false);
  await reader.cancel();
  await rest;
  expect(clock.pendingTimers).toBe(0);
});

test("a silent stream sends a comment every 15 s until it ends", async () => {
  const clock = new FakeClock();
  const end = Promise.withResolvers<void>();
  const reader = eventStream(events(["a"], end.promise), clock, CONNECTION)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  expect((await reader.read()).value).toBe("a");

  await clock.advanceAsync(14_999);
  const silence = reader.read();
  await clock.advanceAsync(1);
  expect((await silence).value).toBe(": ping\n");
  const stillSilent = reader.read();
  await clock.advanceAsync(15_000);
  expect((await stillSilent).value).toBe(": ping\n");

  end.resolve();
  expect((await reader.read()).done).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test("a slow reader holds back the source", async () => {
  const clock = new FakeClock();
  let taken = 0;
  const source = (async function* () {
    for (;;) yield String(taken++);
  })();
  const stream = eventStream(source, clock, CONNECTION);
  await clock.advanceAsync(3_600_000);
  expect(taken).toBe(1);

  await stream.cancel();
  expect(clock.pendingTimers).toBe(0);
});

test("heartbeats that are not read do not pile up", async () => {
  const clock = new FakeClock();
  const end = Promise.withResolvers<void>();
  const reader = eventStream(events(["a"], end.promise), clock, CONNECTION)
    .pipeThrough(new TextDecoderStream())
    .getReader();
  await reader.read();
  await clock.advanceAsync(3_600_000);
  end.resolve();

  const unread: (string | undefined)[] = [];
  for (let next = await reader.read(); !next.done; next = await reader.read()) unread.push(next.value);
  expect(unread.length).toBeLessThanOrEqual(3); // one in each of the two streams' queues, one on the way
});

test("an event that comes after the reader has disconnected is dropped", async () => {
  const clock = new FakeClock();
  const late = Promise.withResolvers<void>();
  const stream = eventStream(events([], late.promise), clock, CONNECTION);
  await clock.advanceAsync(0);
  await stream.cancel();
  late.resolve();
  await clock.advanceAsync(20_000);
  expect(clock.pendingTimers).toBe(0);
});

async function* events(first: readonly string[], end: Promise<void>): AsyncGenerator<string, void> {
  yield* first;
  await end;
}
