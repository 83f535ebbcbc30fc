import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { RequestQueue } from "./request-queue.ts";

function queueOf(): { readonly queue: RequestQueue; readonly steps: string[] } {
  const steps: string[] = [];
  return { queue: new RequestQueue({ pause: () => steps.push("pause"), resume: () => steps.push("resume") }), steps };
}

const message = (bytes: number): Uint8Array => new Uint8Array(bytes);
const gone = new ConnectError("gone", Code.Canceled);

test("messages come in their order, whether they or the reader come first, and then the end", async () => {
  const { queue } = queueOf();
  queue.push(message(1));
  expect((await queue.next()).value).toHaveLength(1);
  const next = queue.next();
  queue.push(message(2));
  expect((await next).value).toHaveLength(2);
  const last = queue.next();
  queue.end();
  expect([(await last).done, (await queue.next()).done]).toEqual([true, true]);
});

test("64 KiB that wait pause the stream, and it goes on below", async () => {
  const { queue, steps } = queueOf();
  queue.push(message(40_000));
  expect(steps).toEqual([]);
  queue.push(message(40_000));
  queue.push(message(40_000));
  expect(steps).toEqual(["pause"]);
  await queue.next();
  expect(steps).toEqual(["pause"]);
  await queue.next();
  expect(steps).toEqual(["pause", "resume"]);
});

test("messages without bytes pause the stream, too", () => {
  const { queue, steps } = queueOf();
  for (let count = 0; count < 1_000; count += 1) queue.push(message(0));
  expect(steps).toEqual(["pause"]);
});

test("parts of one body that wait are taken as one, and free the stream", async () => {
  const steps: string[] = [];
  const stream = { pause: () => steps.push("pause"), resume: () => steps.push("resume") };
  const body = new RequestQueue(stream, { joins: true });
  const expected = Array.from({ length: 1_000 }, (_, i) => i % 256);
  for (const byte of expected) body.push(Uint8Array.of(byte));
  expect(steps).toEqual(["pause"]);
  expect([...((await body.next()).value ?? [])]).toEqual(expected);
  expect(steps).toEqual(["pause", "resume"]);
});

test("a failure takes the place of messages that wait, and ends the wait of a reader", async () => {
  const { queue } = queueOf();
  const waiting = queue.next();
  queue.fail(gone);
  await expect(waiting).rejects.toBe(gone);
  const other = queueOf().queue;
  other.push(message(1));
  other.fail(gone);
  await expect(other.next()).rejects.toBe(gone);
});

test("after the last message there is no failure", async () => {
  const { queue } = queueOf();
  queue.push(message(1));
  queue.end();
  queue.fail(gone);
  expect((await queue.next()).value).toHaveLength(1);
  expect((await queue.next()).done).toBe(true);
});

test("a reader that stops leaves the rest where it is", async () => {
  const { queue, steps } = queueOf();
  queue.push(message(70_000));
  expect((await queue.return()).done).toBe(true);
  expect(steps).toEqual(["pause"]);
});
