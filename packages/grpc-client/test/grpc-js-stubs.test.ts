/**
 * Stubs as services have them: of proto-loader, and of nice-grpc. One line of each changes.
 */

import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import * as protoLoader from "@grpc/proto-loader";
import { ClientError, createClient, createClientFactory } from "nice-grpc";
import { expect, test } from "vitest";
import { createGrpcJsChannel } from "../src/adapters/grpc-js.ts";
import { Status } from "../src/index.ts";
import type { StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { handlers } from "./support/grpc-js-stub.ts";

const HEALTH = fileURLToPath(new URL("../../contracts/proto/grpc/health/v1/health.proto", import.meta.url));

/** What proto-loader makes of health.proto; its own generator of types writes the same. */
interface HealthPackage {
  readonly grpc: {
    readonly health: {
      readonly v1: { readonly Health: grpc.ServiceClientConstructor };
    };
  };
}

interface Text {
  readonly value: string;
}

const text = {
  requestSerialize: ({ value }: Text): Uint8Array => Buffer.from(value),
  requestDeserialize: (bytes: Uint8Array): Text => ({ value: Buffer.from(bytes).toString() }),
  responseSerialize: ({ value }: Text): Uint8Array => Buffer.from(value),
  responseDeserialize: (bytes: Uint8Array): Text => ({ value: Buffer.from(bytes).toString() }),
  options: {},
};

/** Messages of nice-grpc are objects. */
const ECHO = {
  say: { path: "/test.Echo/Say", requestStream: false, responseStream: false, ...text },
  list: { path: "/test.Echo/List", requestStream: false, responseStream: true, ...text },
  join: { path: "/test.Echo/Join", requestStream: true, responseStream: false, ...text },
  chat: { path: "/test.Echo/Chat", requestStream: true, responseStream: true, ...text },
} as const;

/** grpc.health.v1.HealthCheckResponse with the status SERVING. */
const SERVING = Buffer.of(0x08, 0x01);

test("a client of proto-loader, whose definitions say which methods may run twice", async () => {
  await using bench = new Bench();
  const definition = protoLoader.loadSync(HEALTH, { enums: String });
  const { Health } = (grpc.loadPackageDefinition(definition) as unknown as HealthPackage).grpc.health.v1;
  const lost: StubHandler = async (call) => {
    await call.request;
    call.stream.session?.destroy();
  };
  const answer: StubHandler = async (call) => {
    await call.request;
    call.send(SERVING);
    call.end();
  };
  const turns = [lost, answer];
  const server = await bench.serve({ handlers: { "*": (call) => turns.shift()?.(call) } });
  const channel = await bench.connect([server]);
  const client = new Health("not used", grpc.credentials.createInsecure(), {
    channelOverride: createGrpcJsChannel(channel, { services: [Health.service], clock: bench.clock }),
  });
  const answered = new Promise((resolve) => {
    client["Check"]?.({}, (error: unknown, response: unknown) => resolve([error, response]));
  });
  await bench.passTimeUntil(() => turns.length === 0, "the call is repeated");
  expect(await answered).toEqual([null, { status: "SERVING" }]);
});

test("nice-grpc: all four kinds of calls, and an error", async () => {
  await using bench = new Bench();
  const fail: StubHandler = (call) => call.end(Status.notFound, "not here");
  const server = await bench.serve({ handlers: { ...handlers, "/test.Echo/Fail": fail } });
  const channel = createGrpcJsChannel<Parameters<typeof createClient>[1]>(await bench.connect([server]));
  const client = createClient({ ...ECHO, fail: { ...ECHO.say, path: "/test.Echo/Fail" } }, channel);
  const words = async function* () {
    yield { value: "x" };
    yield { value: "y" };
  };
  expect(await client.say({ value: "hello" })).toEqual({ value: "hello" });
  expect(await all(client.list({ value: "a b" }))).toEqual([{ value: "a" }, { value: "b" }]);
  expect(await client.join(words())).toEqual({ value: "x y" });
  expect(await all(client.chat(words()))).toEqual([{ value: "x" }, { value: "y" }]);
  const error = await client.fail({ value: "hello" }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ClientError);
  expect(error).toMatchObject({ code: Status.notFound, details: "not here", path: "/test.Echo/Fail" });
  channel.close();
});

test("nice-grpc: a signal cancels a call, and middleware sees its headers and trailers", async () => {
  await using bench = new Bench();
  const arrived = Promise.withResolvers<number>();
  const silent: StubHandler = (call) => {
    arrived.resolve(0);
    void call.closed.then((code) => closed.resolve(code));
  };
  const closed = Promise.withResolvers<number>();
  const server = await bench.serve({ handlers: { ...handlers, [ECHO.list.path]: silent } });
  const channel = await bench.connect([server]);
  const seen: string[] = [];
  const client = createClientFactory()
    .use(async function* (call, options) {
      return yield* call.next(call.request, {
        ...options,
        onHeader: (header) => seen.push(`header ${header.get("x-header")}`),
        onTrailer: (trailer) => seen.push(`trailer ${trailer.get("x-trailer")}`),
      });
    })
    .create(ECHO, createGrpcJsChannel(channel));
  await client.say({ value: "hello" });
  expect(seen).toEqual(["header ", "trailer 7"]);
  const leave = new AbortController();
  const stream = all(client.list({ value: "a" }, { signal: leave.signal })).catch((reason: Error) => reason.name);
  await arrived.promise;
  leave.abort();
  expect(await stream).toBe("AbortError");
  expect(await closed.promise).toBe(0x8);
});

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const message of messages) list.push(message);
  return list;
}
