// What programs of grpc-js get from our server besides the contract: other clients, other versions of grpc-js, TLS, options.

import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { CertificateAuthority } from "@agent-team/certificate-authority";
import { systemClock } from "@agent-team/foundation/clock";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { blockEventLoop } from "@agent-team/test-support/block-event-loop";
import { until } from "@agent-team/test-support/until";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, createClient } from "@connectrpc/connect";
import * as grpc from "@grpc/grpc-js";
import * as v8 from "grpc-js-1.8";
import { expect, test } from "vitest";
import { Server, ServerCredentials } from "../src/grpc-js.ts";
import { errorOf, TestClient, textsOf } from "./client.ts";
import { Echo } from "./echo.ts";
import { bind, ECHO_SERVICE, type EchoHandlers, OURS, startServer, type Text } from "./grpc-js-service.ts";
import { RawClient } from "./raw-client.ts";

const { method } = Echo;

const ECHO: EchoHandlers = {
  unary: ({ request }, callback) => callback(null, { value: `echo ${request.value}` }),
  serverStream(call) {
    for (const value of call.request.value) call.write({ value });
    call.end();
  },
  clientStream(call, callback) {
    const texts: string[] = [];
    call.on("data", ({ value }: Text) => texts.push(value));
    call.on("end", () => callback(null, { value: texts.join("") }));
  },
  bidi(call) {
    call.on("data", (message: Text) => call.write(message));
    call.on("end", () => call.end());
  },
};

async function* textsIn(word: string): AsyncGenerator<Text> {
  for (const value of word) yield { value };
}

/** Warnings of this process while `during` runs. */
async function warningsOf(during: () => unknown): Promise<readonly string[]> {
  const warnings: string[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  process.on("warning", onWarning);
  await during();
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  return warnings;
}

test("our client calls all four kinds", async () => {
  await using server = await startServer(OURS, ECHO);
  const channel = createChannel(`ipv4:127.0.0.1:${server.port}`);
  const client = createClient(Echo, createConnectTransport(channel));

  expect((await client.unary({ value: "a" })).value).toBe("echo a");
  expect(await textsOf(client.serverStream({ value: "abc" }))).toEqual(["a", "b", "c"]);
  expect((await client.clientStream(textsIn("abc"))).value).toBe("abc");
  expect(await textsOf(client.bidi(textsIn("abc")))).toEqual(["a", "b", "c"]);
  await channel.close();
});

test("definitions of ts-proto serve, too", async () => {
  const text = {
    requestSerialize: (message: Text) => Buffer.from(toBinary(StringValueSchema, create(StringValueSchema, message))),
    requestDeserialize: (bytes: Buffer): Text => fromBinary(StringValueSchema, bytes),
    responseSerialize: (message: Text) => Buffer.from(toBinary(StringValueSchema, create(StringValueSchema, message))),
    responseDeserialize: (bytes: Buffer): Text => fromBinary(StringValueSchema, bytes),
  };
  const EchoService = {
    unary: { path: "/test.Echo/Unary", requestStream: false, responseStream: false, ...text },
    serverStream: { path: "/test.Echo/ServerStream", requestStream: false, responseStream: true, ...text },
  } as const;
  class EchoServer {
    readonly #greeting = "hello";
    unary(call: grpc.ServerUnaryCall<Text, Text>, callback: grpc.sendUnaryData<Text>): void {
      callback(null, { value: `${this.#greeting} ${call.request.value}` });
    }
  }
  const server = new Server();
  server.addService(EchoService, new EchoServer());
  const port = await bind(server as never, "127.0.0.1:0", ServerCredentials.createInsecure());
  using client = new TestClient(port);

  expect((await client.unary(method.unary, { value: "a" })).response.value).toBe("hello a");
  expect((await errorOf(textsOf(client.serverStream(method.serverStream, {})))).code).toBe(grpc.status.UNIMPLEMENTED);
  server.forceShutdown();
});

test("metadata are of the class that the program passes, and can go on to a stub of its version", async () => {
  const seen: unknown[] = [];
  const options = { Metadata: v8.Metadata } as grpc.ServerOptions;
  await using server = await startServer(
    OURS,
    {
      unary(call, callback) {
        seen.push(call.metadata instanceof v8.Metadata, call.metadata instanceof grpc.Metadata);
        callback(null, { value: "" }, call.metadata);
      },
    },
    options,
    v8.ServerCredentials.createInsecure(),
  );
  using client = new TestClient(server.port);
  const metadata = new grpc.Metadata();
  metadata.set("x-sent", "hello");

  const { trailers } = await client.unary(method.unary, {}, { metadata });

  expect(seen).toEqual([true, false]);
  expect(trailers.get("x-sent")).toEqual(["hello"]);
});

const NOW_MS = systemClock.wallNow();
const authority = await CertificateAuthority.create("test CA", NOW_MS);
const CA = Buffer.from(authority.certificate);
const serverCertificate = await authority.issue({ name: "server", ipAddresses: ["127.0.0.1"] });
const clientCertificate = await authority.issue({ name: "a client" });
const PAIRS = [
  { private_key: Buffer.from(serverCertificate.key), cert_chain: Buffer.from(serverCertificate.certificate) },
];

test.for([
  ["this package", ServerCredentials.createSsl(CA, PAIRS, true)],
  ["grpc-js 1.14", grpc.ServerCredentials.createSsl(CA, PAIRS, true)],
  ["grpc-js 1.8", v8.ServerCredentials.createSsl(CA, PAIRS, true)],
] as const)(
  "credentials of %s: a client shows its certificate, and one without is refused",
  async ([, credentials]) => {
    const contexts: { transportSecurityType?: string; sslPeerCertificate?: { subject: { CN: string } } }[] = [];
    const handlers: EchoHandlers = {
      unary(call, callback) {
        contexts.push(call.getAuthContext() as (typeof contexts)[number]);
        callback(null, { value: "" });
      },
    };
    await using server = await startServer(OURS, handlers, {}, credentials);
    const key = Buffer.from(clientCertificate.key);
    const chain = Buffer.from(clientCertificate.certificate);
    using client = new TestClient(server.port, {}, grpc.credentials.createSsl(CA, key, chain));
    using stranger = new TestClient(server.port, {}, grpc.credentials.createSsl(CA));

    await client.unary(method.unary, {});
    expect(contexts[0]?.transportSecurityType).toBe("ssl");
    expect(contexts[0]?.sslPeerCertificate?.subject.CN).toBe("a client");
    const deadline = systemClock.wallNow() + 5_000;
    const error = await errorOf(stranger.unary(method.unary, {}, { call: { deadline } }));
    expect(error.code).toBe(grpc.status.PERMISSION_DENIED); // by GOAWAY INADEQUATE_SECURITY
  },
);

test("credentials that are none, and certificates that cannot be used, are refused by name", async () => {
  expect(() => ServerCredentials.createSsl("text" as never, [])).toThrow("rootCerts must be null or a Buffer");
  const pair = { private_key: "text" as never, cert_chain: Buffer.alloc(0) };
  expect(() => ServerCredentials.createSsl(null, [pair])).toThrow("keyCertPair[0].private_key must be a Buffer");
  const broken = [{ private_key: Buffer.from("no PEM"), cert_chain: Buffer.from("no PEM") }];
  const server = new Server();
  const bound = bind(server as never, "127.0.0.1:0", ServerCredentials.createSsl(null, broken));
  expect((await errorOf(bound)).message).toMatch(/PEM|DECODER/i);
  server.forceShutdown();
});

test("calls that a handler makes end with its call, without a parent in their options", async () => {
  let isDownstreamCancelled = false;
  let isDownstreamRunning = false;
  await using last = await startServer(OURS, {
    unary(call) {
      isDownstreamRunning = true;
      call.on("cancelled", () => {
        isDownstreamCancelled = true;
      });
    },
  });
  const channel = createChannel(`ipv4:127.0.0.1:${last.port}`);
  const downstream = createClient(Echo, createConnectTransport(channel));
  const codes: Code[] = [];
  await using first = await startServer(OURS, {
    unary: () => void downstream.unary({}).catch(({ code }: { readonly code: Code }) => codes.push(code)),
  });
  using client = new TestClient(first.port);

  const cancel = Promise.withResolvers<() => void>();
  const call = errorOf(client.unary(method.unary, {}, { onCall: (each) => cancel.resolve(() => each.cancel()) }));
  await until(() => isDownstreamRunning, "the second server has the call");
  (await cancel.promise)();

  expect((await call).code).toBe(grpc.status.CANCELLED);
  await until(() => isDownstreamCancelled && codes.length === 1, "the second call ends");
  expect(codes).toEqual([Code.Canceled]);
  await channel.close();
});

test("a stub of the handler takes the call as its parent", async () => {
  const deadlines: (Date | number)[] = [];
  await using last = await startServer(OURS, {
    unary(call, callback) {
      deadlines.push(call.getDeadline());
      callback(null, { value: String(call.metadata.get("x-sent")) });
    },
  });
  const stub = new grpc.Client(`127.0.0.1:${last.port}`, grpc.credentials.createInsecure());
  const same = (bytes: Buffer): Buffer => bytes;
  await using first = await startServer(OURS, {
    unary: (parent, callback) =>
      void stub.makeUnaryRequest(
        "/test.Echo/Unary",
        same,
        same,
        Buffer.alloc(0),
        parent.metadata,
        { parent },
        (error, bytes) => callback(error, { value: fromBinary(StringValueSchema, bytes ?? Buffer.alloc(0)).value }),
      ),
  });
  using client = new TestClient(first.port);
  const metadata = new grpc.Metadata();
  metadata.set("x-sent", "forwarded");
  const deadline = systemClock.wallNow() + 60_000;

  const { response } = await client.unary(method.unary, {}, { metadata, call: { deadline } });

  expect(response.value).toBe("forwarded");
  expect(deadlines).toEqual([expect.closeTo(deadline, -3)]);
  stub.close();
});

test("a handler that throws is reported to the operator, and trailers that cannot be sent are left out", async () => {
  const metadata = new grpc.Metadata();
  metadata.set("x-large", "x".repeat(70_000));
  await using server = await startServer(OURS, {
    unary({ request }, callback) {
      if (request.value === "") throw new Error("for the operator");
      callback({ code: grpc.status.ABORTED, details: "still this status", metadata });
    },
  });
  using client = new TestClient(server.port);

  const warnings = await warningsOf(async () => {
    await errorOf(client.unary(method.unary, {}));
    const error = await errorOf(client.unary(method.unary, { value: "large" }));
    expect(error).toMatchObject({ code: grpc.status.ABORTED, details: "still this status" });
  });

  expect(warnings[0]).toMatch(/^\/test\.Echo\/Unary: the handler threw: Error: for the operator\n/);
  expect(warnings[1]).toMatch(/^\/test\.Echo\/Unary: trailers are left out: metadata of \d+ bytes/);
});

test("options that are not known are warned of, and those that cannot act are refused", async () => {
  const options = { "grpc.of_tomorrow": 1, "grpc.max_receive_message_length": 1_000, "grpc.enable_channelz": 0 };
  const warnings = await warningsOf(() => new Server(options).forceShutdown());
  expect(warnings).toEqual([expect.stringContaining("grpc.of_tomorrow")]);
  expect(() => new Server({ "grpc.server_call_metric_recording": 1 })).toThrow("grpc.server_call_metric_recording");
  expect(() => new Server({ "grpc.keepalive_time_ms": "10s" })).toThrow(
    'grpc.keepalive_time_ms: expected a number, got "10s"',
  );
});

test("`grpc.max_connection_age_ms` replaces connections, and no call fails", async () => {
  const peers = new Set<string>();
  const handlers: EchoHandlers = {
    unary(call, callback) {
      peers.add(call.getPeer());
      callback(null, { value: "" });
    },
  };
  await using server = await startServer(OURS, handlers, { "grpc.max_connection_age_ms": 50 });
  // Not a client of grpc-js: one call in some thousand fails there, because node:http2 keeps a request back that it has not written when the
  // GOAWAY comes, and says nothing until the connection has closed.
  await using channel = createChannel(`ipv4:127.0.0.1:${server.port}`);
  const client = createClient(Echo, createConnectTransport(channel));

  while (peers.size < 3) await client.unary({});
});

test("`grpc.max_connection_idle_ms` ends a connection without a call", async () => {
  await using server = await startServer(OURS, ECHO, { "grpc.max_connection_idle_ms": 100 });
  using client = new RawClient(server.port);

  const [code, , debug] = (await once(client.session, "goaway")) as [number, number, Buffer];

  expect([code, String(debug)]).toEqual([constants.NGHTTP2_NO_ERROR, "max_idle"]);
  await until(() => client.session.destroyed, "the connection has ended");
});

test("`grpc.keepalive_time_ms` ends connections of clients that are gone", async () => {
  const options = { "grpc.keepalive_time_ms": 20, "grpc.keepalive_timeout_ms": 20 };
  let isCancelled = false;
  const handlers: EchoHandlers = {
    serverStream(call) {
      call.write({ value: "first" });
      call.on("cancelled", () => {
        isCancelled = true;
      });
    },
  };
  await using server = await startServer(OURS, handlers, options);
  await using way = await breakableWay(server.port);
  using client = new TestClient(way.port);
  const stream = client.serverStream(method.serverStream, {});
  stream.on("error", () => {});
  await once(stream, "data");

  way.breakSilently();

  await until(() => isCancelled, "the connection has ended");
});

test("`grpc.keepalive_timeout_ms`: a process that was blocked reads the answer before it ends the connection", async () => {
  const options = { "grpc.keepalive_time_ms": 20, "grpc.keepalive_timeout_ms": 200 };
  await using server = await startServer(OURS, {}, options);
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  session.on("error", () => {}); // the server resets the connection at its end
  let asked = 0;
  session.on("ping", () => {
    asked += 1;
    blockEventLoop(500);
  });

  await until(() => asked === 2 || session.destroyed, "it is asked again");

  expect(session.destroyed).toBe(false);
  session.destroy();
});

/** A way to a server that can stop carrying bytes while its connections stay open. */
async function breakableWay(port: number): Promise<AsyncDisposable & { readonly port: number; breakSilently(): void }> {
  const sockets: Socket[] = [];
  const way = createServer((socket) => {
    const beyond = connect(port, "127.0.0.1");
    sockets.push(socket, beyond);
    for (const each of [socket, beyond]) each.on("error", () => {});
    socket.pipe(beyond).pipe(socket);
  }).listen(0, "127.0.0.1");
  await once(way, "listening");
  return {
    port: (way.address() as AddressInfo).port,
    breakSilently() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      way.close();
    },
  };
}

test("`createConnectionInjector` serves connections that the program accepts", async () => {
  const server = new Server();
  server.addService(ECHO_SERVICE, ECHO as grpc.UntypedServiceImplementation);
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((socket) => injector.injectConnection(socket)).listen(0, "127.0.0.1");
  await once(listener, "listening");
  using client = new TestClient((listener.address() as AddressInfo).port);

  expect((await client.unary(method.unary, { value: "a" })).response.value).toBe("echo a");
  injector.destroy();
  const late = connect((listener.address() as AddressInfo).port, "127.0.0.1");
  await once(late, "close");
  listener.close();
  server.forceShutdown();
});

test("an interceptor that throws ends its call, and the next call is answered", async () => {
  let calls = 0;
  const throwing: grpc.ServerInterceptor = (_method, call) => {
    if (++calls === 1) throw new Error("no tenant");
    return new grpc.ServerInterceptingCall(call);
  };
  await using server = await startServer(OURS, ECHO, { interceptors: [throwing] });
  using client = new TestClient(server.port);

  const warnings = await warningsOf(async () => {
    expect((await errorOf(client.unary(method.unary, { value: "a" }))).code).toBe(grpc.status.UNKNOWN);
  });
  expect(warnings.join()).toContain("an interceptor threw: Error: no tenant");
  expect((await client.unary(method.unary, { value: "b" })).response.value).toBe("echo b");
});

test("a port that is in use is said once, and may be unbound meanwhile", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
  const server = new Server();
  const error = new Promise<Error | null>((resolve) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), resolve);
  });
  server.unbind(address);

  expect(String(await error)).toContain("is taken by another program");
  taken.close();
  server.forceShutdown();
});
