/** nginx and haproxy between our client and our server: hops with an HTTP/2 of their own, which close connections and answer themselves. */

import { type ChannelOptions, createChannel, type TransportKind } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { service } from "@agent-team/grpc-server";
import { Echo, serveOnLoopback } from "@agent-team/grpc-server/testing";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { ECHO_STREAMS } from "./support/echo.ts";
import { noProxy, type Proxy, type ProxyName, REQUESTS_PER_CONNECTION, startProxy } from "./support/proxy.ts";

/** More than a stream's first window. */
const LARGE = "x".repeat(1_200_000);

/** The server's calls that a client has left. */
let left = 0;

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener("abort", resolve));
}

function serveEcho(): ReturnType<typeof serveOnLoopback> {
  return serveOnLoopback({
    services: [
      service(Echo, {
        async unary({ value }, { signal, requestHeader }) {
          if (value === "fail") throw new ConnectError("no café 文", Code.NotFound, { "x-words": "one" });
          if (value === "wait") await aborted(signal);
          return { value: value === "metadata" ? (requestHeader.get("x-words") ?? "") : value };
        },
        async *serverStream({ value }, { signal }) {
          if (value !== "wait") for (let i = 0; i < Number(value); i += 1) yield { value: String(i) };
          else {
            yield { value };
            await aborted(signal);
            left++;
          }
        },
        ...ECHO_STREAMS,
      }),
    ],
  });
}

function clientOf(target: string, options: ChannelOptions): Client<typeof Echo> {
  const channel = createChannel(target, options);
  onTestFinished(() => channel.close(10));
  return createClient(Echo, createConnectTransport(channel));
}

async function errorOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => expect.fail("the call succeeded"),
    (reason: unknown) => ConnectError.from(reason),
  );
}

async function* messagesOf(...values: readonly string[]): AsyncGenerator<{ readonly value: string }> {
  for (const value of values) yield { value };
}

async function read(stream: AsyncIterable<{ readonly value: string }>, onValue = (): void => {}): Promise<string[]> {
  const values: string[] = [];
  for await (const { value } of stream) {
    values.push(value);
    onValue();
  }
  return values;
}

describe.each<ProxyName>(["nginx", "haproxy"])("through %s", (name) => {
  const absent = noProxy(name);
  let proxy: Proxy;
  let server: Awaited<ReturnType<typeof serveEcho>>;

  beforeAll(async () => {
    if (absent !== undefined) return;
    server = await serveEcho();
    proxy = await startProxy(name, server.port);
  });
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]();
    await server?.close();
  });
  beforeEach(({ skip }) => skip(absent !== undefined, absent));

  describe.each<TransportKind>(["node:http2", "own"])("over %s", (transport) => {
    test.each(["plain", "tls"] as const)("%s: all four kinds of call, of small and large messages", async (port) => {
      const client = clientOf(proxy[port], { transport, ...(port === "tls" ? { tls: { ca: proxy.ca } } : {}) });
      expect((await client.unary({ value: "hello" })).value).toBe("hello");
      expect((await client.unary({ value: LARGE })).value).toBe(LARGE);
      expect(await read(client.serverStream({ value: "50" }))).toHaveLength(50);
      expect((await client.clientStream(messagesOf("a", LARGE, "c"))).value).toBe(`a,${LARGE},c`);
      expect(await read(client.bidi(messagesOf("a", LARGE)))).toEqual(["a", LARGE]);
    });

    test("metadata arrives, and an error keeps its code, message and metadata", async () => {
      const client = clientOf(proxy.plain, { transport });
      const headers = { "x-words": "one two" };
      expect((await client.unary({ value: "metadata" }, { headers })).value).toBe("one two");
      const error = await errorOf(client.unary({ value: "fail" }));
      expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "no café 文" });
      expect(error.metadata.get("x-words")).toBe("one");
    });

    test("a deadline ends a call, and the server hears of a stream that its client leaves", async () => {
      const client = clientOf(proxy.plain, { transport });
      const late = await errorOf(client.unary({ value: "wait" }, { timeoutMs: 200 }));
      expect(late).toMatchObject({ code: Code.DeadlineExceeded });
      const before = left;
      const leaving = new AbortController();
      const stream = client.serverStream({ value: "wait" }, { signal: leaving.signal });
      const ended = errorOf(read(stream, () => leaving.abort()));
      expect(await ended).toMatchObject({ code: Code.Canceled });
      await expect.poll(() => left).toBe(before + 1);
    });

    test("connections that the proxy ends cost none of the calls of four callers", async () => {
      const client = clientOf(proxy.plain, { transport });
      const callers = Array.from({ length: 4 }, async () => {
        for (let i = 0; i < REQUESTS_PER_CONNECTION; i += 1) await client.unary({ value: String(i) });
      });
      await Promise.all(callers);
      expect((await client.unary({ value: "last" })).value).toBe("last");
    });

    test("a server that is gone is UNAVAILABLE, with the proxy's status in the message", async () => {
      const error = await errorOf(clientOf(proxy.dead, { transport }).unary({ value: "hello" }));
      expect(error.code).toBe(Code.Unavailable);
      expect(error.rawMessage).toMatch(/HTTP 50[23]/);
    });
  });
});
