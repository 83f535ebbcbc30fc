import { Writable } from "node:stream";
import type { ServerWritableStream } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { StreamedResponses } from "./wire.ts";

/** A stream whose first write is taken when the test says so. */
function stalledStream(): { readonly stream: ServerWritableStream<Buffer, Buffer>; readonly take: () => void } {
  let take: (() => void) | undefined;
  const write = (_chunk: unknown, _encoding: string, callback: () => void): void => {
    take = callback;
  };
  const stream = new Writable({ objectMode: true, highWaterMark: 1, write });
  return { stream: stream as ServerWritableStream<Buffer, Buffer>, take: () => take?.() };
}

test("a full stream is writable again when its client has taken what was queued", async () => {
  const { stream, take } = stalledStream();
  const responses = new StreamedResponses(stream);
  expect(responses.write(Buffer.alloc(1))).toBe(false);

  const writable = responses.writable(new AbortController().signal);
  take();
  await writable;
  expect(stream.writableNeedDrain).toBe(false);
});

test("waiting for a client that goes ends with it, and leaves no listener behind", async () => {
  const { stream } = stalledStream();
  const responses = new StreamedResponses(stream);
  responses.write(Buffer.alloc(1));
  const gone = new AbortController();

  const writable = responses.writable(gone.signal);
  gone.abort();
  await writable;
  expect(stream.listenerCount("drain")).toBe(0);
});

test("waiting after the client has gone does not wait", async () => {
  const { stream } = stalledStream();
  const responses = new StreamedResponses(stream);
  responses.write(Buffer.alloc(1));

  await responses.writable(AbortSignal.abort());
  expect(stream.listenerCount("drain")).toBe(0);
});
