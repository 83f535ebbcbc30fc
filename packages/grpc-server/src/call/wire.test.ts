import { Writable } from "node:stream";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { StreamedResponses } from "./wire.ts";

/** A stream whose first write completes when the test calls `take`. */
function stalledStream(): { readonly stream: ServerWritableStream<Buffer, Buffer>; readonly take: () => void } {
  let take: (() => void) | undefined;
  const write = (_chunk: unknown, _encoding: string, callback: () => void): void => {
    take = callback;
  };
  const stream = new Writable({ objectMode: true, highWaterMark: 1, write });
  return { stream: stream as ServerWritableStream<Buffer, Buffer>, take: () => take?.() };
}

test("a full stream is writable again when its client has read the queue", async () => {
  const { stream, take } = stalledStream();
  const responses = new StreamedResponses(stream);
  expect(responses.write(Buffer.alloc(1))).toBe(false);

  const writable = responses.writable(new AbortController().signal);
  take();
  await writable;
  expect(stream.writableNeedDrain).toBe(false);
});

test("the wait for room ends when the client cancels, and leaves no listener", async () => {
  const { stream } = stalledStream();
  const responses = new StreamedResponses(stream);
  responses.write(Buffer.alloc(1));
  const gone = new AbortController();

  const writable = responses.writable(gone.signal);
  gone.abort();
  await writable;
  expect(stream.listenerCount("drain")).toBe(0);
});

test("after the client has cancelled there is no wait for room", async () => {
  const { stream } = stalledStream();
  const responses = new StreamedResponses(stream);
  responses.write(Buffer.alloc(1));

  await responses.writable(AbortSignal.abort());
  expect(stream.listenerCount("drain")).toBe(0);
});
