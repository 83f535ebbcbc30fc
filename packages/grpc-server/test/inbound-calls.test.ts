// A handler makes a call and passes nothing on: neither a signal nor a time.
import { type ClientHttp2Stream, connect } from "node:http2";
import { type Channel, createChannel, withoutInbound } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { type Client, Code, ConnectError, createClient, type ServiceImpl } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { Echo } from "./echo.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";

type Unary = ServiceImpl<typeof Echo>["unary"];

/** A server whose handler calls a second one. */
class Chain implements AsyncDisposable {
  readonly #first: LoopbackServer;
  readonly #last: LoopbackServer;
  readonly #channel: Channel;
  readonly #session: ReturnType<typeof connect>;

  private constructor(first: LoopbackServer, last: LoopbackServer, channel: Channel) {
    this.#first = first;
    this.#last = last;
    this.#channel = channel;
    this.#session = connect(`http://127.0.0.1:${first.port}`);
  }

  static async start(first: (downstream: Client<typeof Echo>) => Unary, last: Unary): Promise<Chain> {
    const lastServer = await serveOnLoopback({ services: [service(Echo, { unary: last })] });
    const channel = createChannel(`ipv4:127.0.0.1:${lastServer.port}`, { idempotentMethods: ["/test.Echo/Unary"] });
    const handler = first(createClient(Echo, createConnectTransport(channel)));
    const firstServer = await serveOnLoopback({ services: [service(Echo, { unary: handler })] });
    return new Chain(firstServer, lastServer, channel);
  }

  /** Calls the first server with an empty message. The client has no deadline of its own and repeats nothing. */
  request(headers: Record<string, string> = {}): ClientHttp2Stream {
    const stream = this.#session.request({
      ":method": "POST",
      ":path": "/test.Echo/Unary",
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => undefined);
    stream.end(Buffer.alloc(5));
    stream.resume();
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.destroy();
    await this.#channel.close(0);
    await this.#first[Symbol.asyncDispose]();
    await this.#last[Symbol.asyncDispose]();
  }
}

function codeOf(call: Promise<unknown>): Promise<Code | "ok"> {
  return call.then(
    () => "ok",
    (error: unknown) => ConnectError.from(error).code,
  );
}

const never = new Promise<never>(() => {});

test("the call has the inbound deadline, and the next server is told of it", async () => {
  const remaining = Promise.withResolvers<number | undefined>();
  const failed = Promise.withResolvers<Code | "ok">();
  await using chain = await Chain.start(
    (downstream) => async () => {
      const call = downstream.unary({});
      failed.resolve(codeOf(call));
      return await call;
    },
    (_, { timeoutMs }) => {
      remaining.resolve(timeoutMs());
      return never;
    },
  );
  chain.request({ "grpc-timeout": "400m" });
  expect(await remaining.promise).toBeLessThanOrEqual(400);
  expect(await failed.promise).toBe(Code.DeadlineExceeded);
});

test("a shorter time of its own stays", async () => {
  const failed = Promise.withResolvers<Code | "ok">();
  await using chain = await Chain.start(
    (downstream) => async () => {
      failed.resolve(codeOf(downstream.unary({}, { timeoutMs: 50 })));
      return await never;
    },
    () => never,
  );
  const stream = chain.request({ "grpc-timeout": "60S" });
  expect(await failed.promise).toBe(Code.DeadlineExceeded);
  stream.close(8);
});

test("when the client cancels, the call ends, the next server sees it, and a further call fails at once", async () => {
  const [reached, nextCancelled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const failed = Promise.withResolvers<readonly (Code | "ok")[]>();
  await using chain = await Chain.start(
    (downstream) => async () => {
      await Promise.resolve(); // the context outlasts an await
      const first = await codeOf(downstream.unary({}));
      failed.resolve([first, await codeOf(downstream.unary({}))]);
      return await never;
    },
    (_, { signal }) => {
      signal.addEventListener("abort", () => nextCancelled.resolve());
      reached.resolve();
      return never;
    },
  );
  const stream = chain.request();
  await reached.promise;
  stream.close(8);
  await nextCancelled.promise;
  expect(await failed.promise).toEqual([Code.Canceled, Code.Canceled]);
});

test("a call that is under way when the handler answers goes on, and so does one that is made later", async () => {
  const answered = Promise.withResolvers<void>();
  const codes = Promise.withResolvers<readonly (Code | "ok")[]>();
  await using chain = await Chain.start(
    (downstream) => () => {
      const first = codeOf(downstream.unary({}));
      void first.then(async (code) => codes.resolve([code, await codeOf(downstream.unary({}))]));
      return {};
    },
    async () => {
      await answered.promise;
      return {};
    },
  );
  const stream = chain.request();
  await new Promise((resolve) => stream.on("close", resolve));
  answered.resolve();
  expect(await codes.promise).toEqual(["ok", "ok"]);
});

test("work that is begun outside of the call is not cancelled with it", async () => {
  const [reached, proceed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const code = Promise.withResolvers<Code | "ok">();
  await using chain = await Chain.start(
    (downstream) =>
      async (_, { signal }) => {
        code.resolve(withoutInbound(() => codeOf(downstream.unary({}))));
        signal.addEventListener("abort", () => proceed.resolve());
        return await never;
      },
    async () => {
      reached.resolve();
      await proceed.promise;
      return {};
    },
  );
  const stream = chain.request();
  await reached.promise;
  stream.close(8);
  expect(await code.promise).toBe("ok");
});

test.each([
  ["a first attempt may be repeated", {}, 3],
  ["a repetition is not, because its client repeats it", { "grpc-previous-rpc-attempts": "1" }, 1],
] as const)("a call for %s", async (_, headers, attempts) => {
  let calls = 0;
  const code = Promise.withResolvers<Code | "ok">();
  await using chain = await Chain.start(
    (downstream) => async () => {
      const call = downstream.unary({});
      code.resolve(codeOf(call));
      return await call;
    },
    () => {
      calls++;
      throw new ConnectError("not now", Code.Unavailable);
    },
  );
  chain.request(headers);
  expect(await code.promise).toBe(Code.Unavailable);
  expect(calls).toBe(attempts);
});
