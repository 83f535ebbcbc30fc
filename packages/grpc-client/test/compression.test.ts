/** Messages in gzip, both ways: what is asked for is what a server of another implementation sees. */

import * as grpc from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { createGrpcJsChannelFactory } from "../src/adapters/grpc-js.ts";
import { type Channel, type ChannelOptions, createChannel, Status } from "../src/index.ts";
import type { StubHandler } from "../src/testing/index.ts";
import { Bench } from "./support/bench.ts";
import { RecordedCall, STREAM, send, UNARY } from "./support/calls.ts";
import { answered, createStub, ECHO } from "./support/grpc-js-stub.ts";
import { until } from "./support/until.ts";

const TEXT = "the same words again and again; ".repeat(100);

/** Answers with the encoding of the request and, for each of its messages, the Compressed-Flag. */
const describeRequest: StubHandler = async (call) => {
  const wire: Buffer[] = [];
  call.stream.on("data", (chunk: Buffer) => wire.push(chunk));
  const messages = await call.request;
  const flags: number[] = [];
  const bytes = Buffer.concat(wire);
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt32BE(at + 1)) flags.push(bytes[at] as number);
  const isWhole = messages.every((message) => TEXT.startsWith(Buffer.from(message).toString()));
  call.send(Buffer.from(`${String(call.headers["grpc-encoding"])} ${flags.join()} ${isWhole}`));
  call.end();
};

test("identity is the default, and a channel or a call can have gzip", async () => {
  await using bench = new Bench();
  const server = await bench.serve({ handlers: { "*": describeRequest } });
  const plain = await bench.connect([server]);
  const answers: (string | undefined)[] = [];
  for (const compression of [undefined, "identity", "gzip"] as const) {
    const call = send(plain, UNARY, { compression }, TEXT);
    await call.ended();
    answers.push(call.texts[0]);
  }
  expect(answers).toEqual(["undefined 0 true", "undefined 0 true", "gzip 1 true"]);
});

test("a channel with gzip sends what gzip does not make smaller as it is", async () => {
  await using bench = new Bench();
  const server = await bench.serve({ handlers: { "*": describeRequest } });
  const channel = await bench.connect([server], { compression: "gzip" });
  const call = new RecordedCall(channel, { ...STREAM, unaryRequest: false }, {});
  call.call.start();
  call.call.send(Buffer.from(TEXT), false);
  call.call.send(Buffer.from("the"), false);
  call.call.send(Buffer.from(TEXT), false, false);
  call.call.halfClose();
  expect(await call.ended()).toBeUndefined();
  expect(call.texts).toEqual(["gzip 1,0,0 true"]);
});

test("a repeated attempt sends the same compressed message", async () => {
  await using bench = new Bench();
  let calls = 0;
  const handler: StubHandler = (call) => (++calls === 1 ? call.reset(7) : describeRequest(call));
  const server = await bench.serve({ handlers: { "*": handler } });
  const channel = await bench.connect([server], { compression: "gzip" });
  const call = send(channel, UNARY, {}, TEXT);
  await bench.passTimeUntil(() => call.hasEnded, "the second attempt ends");
  expect([calls, call.texts]).toEqual([2, ["gzip 1 true"]]);
});

test("a server that does not know gzip is UNIMPLEMENTED, with its message", async () => {
  await using bench = new Bench();
  const refuse: StubHandler = (call) =>
    call.end(Status.unimplemented, `grpc-encoding ${String(call.headers["grpc-encoding"])}`, {
      "grpc-accept-encoding": "identity",
    });
  const server = await bench.serve({ handlers: { "*": refuse } });
  const channel = await bench.connect([server], { compression: "gzip" });
  expect(await send(channel, UNARY, {}, TEXT).ended()).toMatchObject({
    code: Status.unimplemented,
    rawMessage: "grpc-encoding gzip",
  });
});

test("an unknown compression is refused by its name", () => {
  const options = { compression: "brotli" } as unknown as ChannelOptions;
  expect(() => createChannel("ipv4:127.0.0.1:1", options)).toThrow("compression: expected one of identity, gzip");
});

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

/** A server of grpc-js whose one method answers with its request. */
async function grpcJsServer(options: grpc.ServerOptions = {}): Promise<string> {
  const server = new grpc.Server(options);
  server.addService(
    { say: ECHO.say },
    {
      say: (call: grpc.ServerUnaryCall<string, string>, callback: grpc.sendUnaryData<string>) =>
        callback(null, call.request),
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  stops.push(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

test.each(["own", "node:http2"] as const)(
  "over %s a server of grpc-js reads gzip and answers in gzip",
  async (transport) => {
    const address = await grpcJsServer({ "grpc.default_compression_algorithm": 2 });
    await using channel: Channel = createChannel(`ipv4:${address}`, { transport, compression: "gzip" });
    const call = send(channel, { ...UNARY, path: ECHO.say.path }, {}, TEXT);
    await until(() => call.hasEnded, "the call ends");
    expect([call.error, call.texts]).toEqual([undefined, [TEXT]]);
  },
);

test("grpc-js's option compresses the messages of a stub, and its flag leaves one as it is", async () => {
  await using bench = new Bench();
  const server = await bench.serve({ handlers: { "*": describeRequest } });
  const EchoClient = grpc.makeGenericClientConstructor(ECHO, "Echo");
  const stub = new EchoClient(server.address, grpc.credentials.createInsecure(), {
    "grpc.default_compression_algorithm": 2,
    channelFactoryOverride: createGrpcJsChannelFactory(createChannel),
  }) as unknown as ReturnType<typeof createStub>;
  expect(await answered((callback) => stub.say(TEXT, callback))).toEqual({ error: null, answer: "gzip 1 true" });
  const joined = await answered((callback) => {
    const join = stub.join(callback);
    // grpc-js: `WriteFlags.NoCompress`, where Node has an encoding.
    join.write(TEXT, 2);
    join.write(TEXT);
    join.end();
  });
  expect(joined).toEqual({ error: null, answer: "gzip 0,1 true" });
  stub.close();
});
