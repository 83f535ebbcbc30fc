/** Our client and a server on C-core, which Python, C++, Ruby and PHP services are. */

import { type Channel, type ChannelEvent, type ChannelOptions, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { Echo } from "@agent-team/grpc-server/testing";
import { create } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import {
  type Client,
  Code,
  ConnectError,
  createClient,
  decodeBinaryHeader,
  encodeBinaryHeader,
} from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { noCCore, type ServerOptions, startCCoreServer } from "./support/c-core.ts";

interface Peers {
  readonly channel: Channel;
  readonly client: Client<typeof Echo>;
  readonly port: number;
}

async function start(options: ServerOptions = {}, channelOptions: ChannelOptions = {}): Promise<Peers> {
  const server = await startCCoreServer(options);
  const channel = createChannel(`ipv4:127.0.0.1:${server.port}`, channelOptions);
  onTestFinished(async () => {
    await channel.close(10);
    await server[Symbol.asyncDispose]();
  });
  return { channel, client: createClient(Echo, createConnectTransport(channel)), port: server.port };
}

async function* messagesOf(...texts: readonly string[]): AsyncGenerator<{ readonly value: string }> {
  for (const value of texts) yield { value };
}

async function read(stream: AsyncIterable<{ readonly value: string }>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { value } of stream) texts.push(value);
  return texts;
}

describe("a server on C-core", () => {
  test.beforeEach(({ skip }) => skip(noCCore !== undefined, noCCore));

  test.for([
    ["own", false],
    ["own", true],
    ["node:http2", true],
  ] as const)("answers all four kinds of method, transport %s, gzip: %s", async ([transport, compress]) => {
    const { client } = await start({ compress }, { transport });
    const text = "hello ".repeat(500);

    expect((await client.unary({ value: text })).value).toBe(text);
    expect(await read(client.serverStream({ value: "100" }))).toEqual(Array.from({ length: 100 }, (_, i) => String(i)));
    expect((await client.clientStream(messagesOf("a", "b", "c"))).value).toBe("a,b,c");
    expect(await read(client.bidi(messagesOf("a", "b")))).toEqual(["a", "b"]);
  });

  test("gets metadata as it was given, binary values one by one, and its trailers arrive", async () => {
    const { client } = await start();
    const headers = new Headers({ "x-words": "one two" });
    headers.append("x-bytes-bin", encodeBinaryHeader(Uint8Array.of(0, 255)));
    headers.append("x-bytes-bin", encodeBinaryHeader(Uint8Array.of(1)));
    let trailers = new Headers();
    const { value } = await client.unary({ value: "metadata" }, { headers, onTrailer: (got) => (trailers = got) });

    expect(JSON.parse(value)).toEqual([
      ["x-bytes-bin", "00ff"],
      ["x-bytes-bin", "01"],
      ["x-words", "one two"],
    ]);
    expect(trailers.get("x-words")).toBe("one");
    const binary = (trailers.get("x-bytes-bin") ?? "").split(",").map((part) => [...decodeBinaryHeader(part.trim())]);
    expect(binary).toEqual([[0, 255], [1]]);
  });

  test("fails with its code, its message in any script, and its trailers", async () => {
    const { client } = await start();
    const error = await client.unary({ value: "fail" }).catch((reason: unknown) => ConnectError.from(reason));

    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "no café 文\n100%" });
    expect((error as ConnectError).metadata.get("x-words")).toBe("one");
  });

  test("ends a stream with an error after its messages", async () => {
    const { client } = await start();
    const got: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { value } of client.serverStream({ value: "3 then fail" })) got.push(value);
    };

    await expect(reading()).rejects.toMatchObject({ code: Code.Aborted, rawMessage: "as asked" });
    expect(got).toEqual(["0", "1", "2"]);
  });

  test.for<[what: string, ms: number]>([
    ["3 s", 3_000],
    ["25 days, past 2^31 ms", 25 * 86_400_000],
    ["60 days", 60 * 86_400_000],
  ])("learns of a deadline in %s", async ([, timeoutMs]) => {
    const { client } = await start();
    const { value } = await client.unary({ value: "deadline" }, { timeoutMs });
    // What is promised beyond 2^31 ms is that the call is served, and that no server ends it early.
    expect(Number(value)).toBeGreaterThanOrEqual(Math.min(timeoutMs, 2 ** 31 - 1) / 1_000 - 2);
    expect(Number(value)).toBeLessThanOrEqual(timeoutMs / 1_000);
  });

  test("that replaces its connections all the time costs no call", async () => {
    const { channel, client } = await start({
      args: { "grpc.max_connection_age_ms": 100, "grpc.max_connection_age_grace_ms": 2_000 },
    });
    const events: ChannelEvent["type"][] = [];
    channel.on(({ type }) => events.push(type));
    const ends = await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let i = 0; i < 400; i += 1) await client.unary({ value: "x".repeat(100) });
      }),
    );
    expect(ends).toHaveLength(4);
  });

  test("that allows 5 streams at once serves 400 calls that were made at once", async () => {
    const { client } = await start({ args: { "grpc.max_concurrent_streams": 5 } });
    const calls = Array.from({ length: 400 }, (_, i) => client.unary({ value: String(i) }, { timeoutMs: 15_000 }));

    const answers = await Promise.all(calls);
    expect(answers.map(({ value }) => value)).toEqual(Array.from({ length: 400 }, (_, i) => String(i)));
  });

  test("that sends more than a message may hold fails that call alone", async () => {
    const { client } = await start({ args: { "grpc.max_send_message_length": -1 } });
    const large = client.unary({ value: `long ${5 * 1024 * 1024}` });
    const small = client.unary(create(StringValueSchema, { value: "small" }));

    await expect(large).rejects.toMatchObject({ code: Code.ResourceExhausted });
    expect((await small).value).toBe("small");
    expect((await client.unary({ value: `long ${3 * 1024 * 1024}` })).value).toHaveLength(3 * 1024 * 1024);
  });

  test("that was killed and started again is found again", async () => {
    const first = await startCCoreServer();
    const channel = createChannel(`ipv4:127.0.0.1:${first.port}`);
    onTestFinished(() => channel.close(10));
    const client = createClient(Echo, createConnectTransport(channel));
    expect((await client.unary({ value: "a" })).value).toBe("a");

    await first[Symbol.asyncDispose]();
    const second = await startCCoreServer({ address: `127.0.0.1:${first.port}` });
    onTestFinished(() => second[Symbol.asyncDispose]());
    expect((await client.unary({ value: "b" })).value).toBe("b");
  });
});
