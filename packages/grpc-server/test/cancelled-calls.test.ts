// A client cancels a call, or its deadline expires: the handler's signal aborts, and its work ends.
import { systemClock } from "@agent-team/foundation/clock";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, type HandlerContext } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { service } from "../src/index.ts";
import { errorOf, messagesOf, nextOf, TestClient, textsOf } from "./client.ts";
import { Echo } from "./echo.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

type Text = MessageInitShape<typeof StringValueSchema>;

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason));
  });
}

test("a client that cancels aborts the handler's signal and ends its generator", async () => {
  const left = Promise.withResolvers<unknown>();
  async function* serverStream(_: unknown, { signal }: HandlerContext): AsyncGenerator<Text> {
    try {
      yield { value: "a" };
      await aborted(signal);
      yield { value: "never received" };
    } finally {
      left.resolve(signal.reason);
    }
  }
  await using server = await serveOnLoopback({ services: [service(Echo, { serverStream })] });
  using client = new TestClient(server.port);

  const call = client.serverStream(Echo.method.serverStream, {});
  const messages = messagesOf(call);
  await nextOf(messages);
  call.cancel();

  expect(await left.promise).toMatchObject({ code: Code.Canceled });
  expect(await errorOf(messages.next())).toMatchObject({ code: status.CANCELLED });
});

test("a generator that waits at a yield for a slow client ends when the client cancels", async () => {
  const left = Promise.withResolvers<number>();
  const chunk = "x".repeat(64 * 1024);
  async function* serverStream(): AsyncGenerator<Text> {
    let sent = 0;
    try {
      for (; sent < 10_000; sent += 1) yield { value: chunk };
    } finally {
      left.resolve(sent);
    }
  }
  await using server = await serveOnLoopback({ services: [service(Echo, { serverStream })] });
  using client = new TestClient(server.port);

  const call = client.serverStream(Echo.method.serverStream, {});
  const messages = messagesOf(call);
  await nextOf(messages);
  call.cancel();
  await errorOf(textsOf({ [Symbol.asyncIterator]: () => messages }));

  // The generator has 625 MiB; the windows of HTTP/2 and the stream buffers hold less than a tenth of that.
  expect(await left.promise).toBeLessThan(1_000);
});

test("return() of an iterable that is not a generator is called at once when the client cancels", async () => {
  const left = Promise.withResolvers<string>();
  const never = Promise.withResolvers<IteratorResult<Text>>();
  const asked = vi
    .fn()
    .mockResolvedValueOnce({ done: false, value: { value: "a" } })
    .mockReturnValue(never.promise);
  const serverStream = (): AsyncIterable<Text> => ({
    [Symbol.asyncIterator]: () => ({
      next: asked,
      return: () => {
        left.resolve("returned");
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  });
  await using server = await serveOnLoopback({ services: [service(Echo, { serverStream })] });
  using client = new TestClient(server.port);

  const call = client.serverStream(Echo.method.serverStream, {});
  const messages = messagesOf(call);
  await nextOf(messages);
  call.cancel();

  expect(await left.promise).toBe("returned");
  await errorOf(messages.next());
});

test("a deadline ends a call whose handler ignores it", async () => {
  const never = Promise.withResolvers<Text>();
  await using server = await serveOnLoopback({ services: [service(Echo, { unary: () => never.promise })] });
  using client = new TestClient(server.port);

  const error = await errorOf(client.unary(Echo.method.unary, {}, { call: { deadline: systemClock.wallNow() + 50 } }));

  expect(error.code).toBe(status.DEADLINE_EXCEEDED);
  never.resolve({});
});
