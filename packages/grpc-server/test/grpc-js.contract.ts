/** What a program of grpc-js relies on: the same handlers run on grpc-js's server and on ours, called by a client of grpc-js. */

import { once } from "node:events";
import { createServer } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { turns, until } from "@agent-team/test-support/until";
import { Metadata, ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { errorOf, messagesOf, nextOf, TestClient, textsOf } from "./client.ts";
import { Echo } from "./echo.ts";
import {
  bind,
  ECHO_SERVICE,
  type EchoHandlers,
  type ServerModule,
  type StartedServer,
  shutdown,
  startServer,
  type Text,
} from "./grpc-js-service.ts";
import { RawClient } from "./raw-client.ts";

const { method } = Echo;

function metadataOf(entries: Readonly<Record<string, string | Buffer>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.add(name, value);
  return metadata;
}

export function grpcJsContract(module: ServerModule): void {
  const start = (handlers: EchoHandlers, options = {}): Promise<StartedServer> =>
    startServer(module, handlers, options);

  test("a unary call has its request and metadata, and answers with headers and trailers", async () => {
    let seen: Metadata | undefined;
    await using server = await start({
      unary(call, callback) {
        seen = call.metadata;
        call.sendMetadata(metadataOf({ "x-header": "first", "x-bytes-bin": Buffer.of(0, 255) }));
        callback(null, { value: `echo ${call.request.value}` }, metadataOf({ "x-trailer": "last" }));
      },
    });
    using client = new TestClient(server.port);
    const metadata = metadataOf({ "x-sent": "hello", "x-sent-bin": Buffer.of(1, 2, 3) });

    const { response, headers, trailers } = await client.unary(method.unary, { value: "a" }, { metadata });

    expect(response.value).toBe("echo a");
    expect(seen).toBeInstanceOf(Metadata);
    expect(seen?.get("x-sent")).toEqual(["hello"]);
    expect(seen?.get("x-sent-bin")).toEqual([Buffer.of(1, 2, 3)]);
    expect(seen?.get("grpc-timeout")).toEqual([]);
    expect(headers.get("x-header")).toEqual(["first"]);
    expect(headers.get("x-bytes-bin")).toEqual([Buffer.of(0, 255)]);
    expect(trailers.get("x-trailer")).toEqual(["last"]);
  });

  test("a call knows its path, its host, its client and its deadline", async () => {
    const facts: unknown[] = [];
    await using server = await start({
      unary(call, callback) {
        facts.push([call.getPath(), call.getHost(), call.getPeer(), call.getDeadline(), call.getAuthContext()]);
        callback(null, { value: "" });
      },
    });
    using client = new TestClient(server.port);
    const deadline = systemClock.wallNow() + 60_000;

    await client.unary(method.unary, {});
    await client.unary(method.unary, {}, { call: { deadline } });

    const common = ["/test.Echo/Unary", `127.0.0.1:${server.port}`, expect.stringMatching(/^127\.0\.0\.1:\d+$/)];
    expect(facts[0]).toEqual([...common, Number.POSITIVE_INFINITY, {}]);
    expect(facts[1]).toEqual([...common, expect.closeTo(deadline, -3), {}]);
  });

  test.for([
    ["a status object", { code: status.NOT_FOUND, details: "no such order" }, status.NOT_FOUND, "no such order"],
    ["an error with a code", Object.assign(new Error("gone"), { code: status.DATA_LOSS }), status.DATA_LOSS, "gone"],
    ["an error without a code", new Error("plain"), status.UNKNOWN, "plain"],
    ["details that are no ASCII", { code: status.ABORTED, details: "zurück, 100 %" }, status.ABORTED, "zurück, 100 %"],
  ] as const)("%s is the status of its call", async ([, error, code, details]) => {
    await using server = await start({
      unary: (_call, callback) => callback(error),
      serverStream(call) {
        call.write({ value: "before" });
        call.emit("error", error);
      },
    });
    using client = new TestClient(server.port);

    expect(await errorOf(client.unary(method.unary, {}))).toMatchObject({ code, details });
    const stream = client.serverStream(method.serverStream, {});
    const messages = messagesOf(stream);
    expect((await nextOf(messages)).value).toBe("before");
    expect(await errorOf(messages.next())).toMatchObject({ code, details });
  });

  test("metadata of an error are trailers, and those of the callback come before them", async () => {
    const error = { code: status.ABORTED, details: "again", metadata: metadataOf({ "x-from": "error" }) };
    await using server = await start({
      unary: ({ request }, callback) =>
        request.value === "" ? callback(error) : callback(error, null, metadataOf({ "x-from": "callback" })),
      serverStream: (call) => void call.emit("error", error),
    });
    using client = new TestClient(server.port);

    expect((await errorOf(client.unary(method.unary, {}))).metadata.get("x-from")).toEqual(["error"]);
    expect((await errorOf(client.unary(method.unary, { value: "b" }))).metadata.get("x-from")).toEqual(["callback"]);
    const stream = textsOf(client.serverStream(method.serverStream, {}));
    expect((await errorOf(stream)).metadata.get("x-from")).toEqual(["error"]);
  });

  test("a handler that throws ends its call, and no other", async () => {
    const fail = (): never => {
      throw new Error("a secret");
    };
    await using server = await start({ unary: fail, serverStream: fail, clientStream: fail, bidi: fail });
    using client = new TestClient(server.port);

    const { call, response } = client.clientStream(method.clientStream);
    call.end();
    const bidi = client.bidi(method.bidi);
    const calls = [
      client.unary(method.unary, {}),
      textsOf(client.serverStream(method.serverStream, {})),
      response,
      textsOf(bidi),
    ];
    const errors = await Promise.all(calls.map(errorOf));

    for (const error of errors) expect(error).toMatchObject({ code: status.UNKNOWN, details: "Unknown error" });
  });

  test("a server stream delivers its messages in order, and its trailers", async () => {
    await using server = await start({
      serverStream(call) {
        for (const value of call.request.value) call.write({ value });
        call.end(metadataOf({ "x-trailer": "last" }));
      },
    });
    using client = new TestClient(server.port);

    const stream = client.serverStream(method.serverStream, { value: "abc" });
    const ended = once(stream, "status");

    expect(await textsOf(stream)).toEqual(["a", "b", "c"]);
    const [{ code, metadata }] = (await ended) as [{ code: number; metadata: Metadata }];
    expect(code).toBe(status.OK);
    expect(metadata.get("x-trailer")).toEqual(["last"]);
  });

  test("a stream that its client does not read holds its handler back, by `write` and `drain`", async () => {
    const value = "x".repeat(100_000);
    let written = 0;
    let drained = 0;
    await using server = await start({
      serverStream(call) {
        const write = (): void => {
          while (written < 200) {
            written++;
            if (!call.write({ value })) return void call.once("drain", onDrain);
          }
          call.end();
        };
        const onDrain = (): void => {
          drained++;
          write();
        };
        write();
      },
    });
    // A stream of node:http2 has a window of 64 KiB, which opens when its data are read.
    using client = new RawClient(server.port);
    const stream = client.open("/test.Echo/ServerStream");
    stream.end(Buffer.alloc(5));
    await once(stream, "response");
    await turns(2_000);
    expect(written).toBeLessThan(200);

    let received = 0;
    for await (const bytes of stream) received += (bytes as Buffer).length;
    expect(received).toBeGreaterThan(200 * value.length);
    expect(drained).toBeGreaterThan(0);
  });

  test("a client stream is read by events, and answered once", async () => {
    await using server = await start({
      clientStream(call, callback) {
        let value = "";
        call.on("data", (message: Text) => {
          value += message.value;
        });
        call.on("end", () => callback(null, { value }));
      },
    });
    using client = new TestClient(server.port);

    const { call, response } = client.clientStream(method.clientStream);
    for (const value of ["a", "b", "c"]) call.write({ value });
    call.end();

    expect((await response).value).toBe("abc");
  });

  test("a client stream may be answered before its end", async () => {
    await using server = await start({
      clientStream(call, callback) {
        call.once("data", ({ value }: Text) => callback(null, { value: `only ${value}` }));
      },
    });
    using client = new TestClient(server.port);

    const { call, response } = client.clientStream(method.clientStream);
    call.write({ value: "first" });

    expect((await response).value).toBe("only first");
    call.end();
  });

  test("a bidirectional call answers while its client writes, and ends behind it", async () => {
    await using server = await start({
      bidi(call) {
        call.on("data", ({ value }: Text) => call.write({ value: value.toUpperCase() }));
        call.on("end", () => call.end());
      },
    });
    using client = new TestClient(server.port);

    const call = client.bidi(method.bidi);
    const messages = messagesOf(call);
    for (const value of ["a", "b"]) {
      call.write({ value });
      expect((await nextOf(messages)).value).toBe(value.toUpperCase());
    }
    call.end();
    expect((await messages.next()).done).toBe(true);
  });

  test("requests are read by `for await`, too", async () => {
    await using server = await start({
      bidi(call) {
        const answer = async (): Promise<void> => {
          for await (const { value } of call as AsyncIterable<Text>) call.write({ value });
          call.end(metadataOf({ "x-trailer": "last" }));
        };
        void answer();
      },
    });
    using client = new TestClient(server.port);

    const call = client.bidi(method.bidi);
    for (const value of ["a", "b", "c"]) call.write({ value });
    call.end();

    expect(await textsOf(call)).toEqual(["a", "b", "c"]);
  });

  test("a client that cancels is known to the handler of each kind", async () => {
    const cancelled: string[] = [];
    const started: string[] = [];
    const watch = (
      call: { cancelled: boolean; on(event: "cancelled", listener: () => void): unknown },
      kind: string,
    ) => {
      started.push(kind);
      call.on("cancelled", () => cancelled.push(`${kind} ${call.cancelled}`));
    };
    await using server = await start({
      unary: (call) => watch(call, "unary"),
      serverStream: (call) => watch(call, "serverStream"),
      clientStream: (call) => watch(call, "clientStream"),
      bidi: (call) => watch(call, "bidi"),
    });
    using client = new TestClient(server.port);

    const clientStream = client.clientStream(method.clientStream);
    const unary = Promise.withResolvers<{ cancel(): void }>();
    const failed = [errorOf(client.unary(method.unary, {}, { onCall: unary.resolve })), errorOf(clientStream.response)];
    const streams = [client.serverStream(method.serverStream, {}), client.bidi(method.bidi)];
    failed.push(...streams.map((stream) => errorOf(once(stream, "end"))));
    await until(() => started.length === 4, "four handlers run");
    for (const call of [await unary.promise, clientStream.call, ...streams]) call.cancel();
    await until(() => cancelled.length === 4, "four handlers know it");

    expect(cancelled.toSorted()).toEqual(["bidi true", "clientStream true", "serverStream true", "unary true"]);
    for (const { code } of await Promise.all(failed)) expect(code).toBe(status.CANCELLED);
  });

  test("a deadline ends a call at its client and at its handler", async () => {
    let isCancelled = false;
    await using server = await start({
      unary(call) {
        call.on("cancelled", () => {
          isCancelled = true;
        });
      },
    });
    using client = new TestClient(server.port);
    const deadline = systemClock.wallNow() + 100;

    expect((await errorOf(client.unary(method.unary, {}, { call: { deadline } }))).code).toBe(status.DEADLINE_EXCEEDED);
    await until(() => isCancelled, "the handler knows it");
  });

  test("a call that has been answered emits `cancelled`, too: cleaning up may rely on it", async () => {
    const events: string[] = [];
    await using server = await start({
      unary(call, callback) {
        call.on("cancelled", () => events.push("unary"));
        callback(null, { value: "" });
      },
      serverStream(call) {
        call.on("cancelled", () => events.push("stream"));
        call.end();
      },
    });
    using client = new TestClient(server.port);

    await client.unary(method.unary, {});
    await textsOf(client.serverStream(method.serverStream, {}));
    await until(() => events.length === 2, "both handlers know it");
    expect(events).toEqual(["unary", "stream"]);
  });

  test("a method without a handler, and one that is not known, are UNIMPLEMENTED", async () => {
    await using server = await start({ unary: (_call, callback) => callback(null, { value: "" }) });
    using client = new TestClient(server.port);
    await client.unary(method.unary, {});

    const { code } = await errorOf(textsOf(client.serverStream(method.serverStream, {})));
    expect(code).toBe(status.UNIMPLEMENTED);
    server.server.removeService(ECHO_SERVICE);
    expect((await errorOf(client.unary(method.unary, {}))).code).toBe(status.UNIMPLEMENTED);
  });

  test("a service can be added while the server runs", async () => {
    await using server = await start({});
    server.server.removeService(ECHO_SERVICE);
    using client = new TestClient(server.port);
    expect((await errorOf(client.unary(method.unary, {}))).code).toBe(status.UNIMPLEMENTED);

    server.server.addService(ECHO_SERVICE, {
      unary: (_call: unknown, callback: (error: null, value: Text) => void) => callback(null, { value: "now" }),
    });
    expect((await client.unary(method.unary, {})).response.value).toBe("now");
  });

  test("a message that cannot be read or written is INTERNAL", async () => {
    const broken: typeof ECHO_SERVICE = Object.fromEntries(
      Object.entries(ECHO_SERVICE).map(([name, definition]) => [
        name,
        {
          ...definition,
          responseSerialize: () => {
            throw new Error("broken");
          },
        },
      ]),
    );
    await using server = await start({ unary: (_call, callback) => callback(null, { value: "" }) });
    using client = new TestClient(server.port);
    const notText = Buffer.of(0xff, 0xff);
    expect((await errorOf(client.unary(method.unary, notText))).code).toBe(status.INTERNAL);

    server.server.removeService(ECHO_SERVICE);
    server.server.addService(broken, {
      unary: (_call: unknown, callback: (error: null, value: Text) => void) => callback(null, { value: "" }),
    });
    expect((await errorOf(client.unary(method.unary, {}))).code).toBe(status.INTERNAL);
  });

  test("`grpc.max_receive_message_length` and `grpc.max_send_message_length` bound messages", async () => {
    const options = { "grpc.max_receive_message_length": 1_000, "grpc.max_send_message_length": 500 };
    await using server = await start({ unary: ({ request }, callback) => callback(null, request) }, options);
    using client = new TestClient(server.port);

    expect((await client.unary(method.unary, { value: "x".repeat(100) })).response.value).toHaveLength(100);
    for (const length of [700, 2_000]) {
      const error = await errorOf(client.unary(method.unary, { value: "x".repeat(length) }));
      expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    }
  });

  test("interceptors stand between calls and handlers", async () => {
    const order: string[] = [];
    const interceptor =
      (name: string): ServerInterceptor =>
      (_method, call) =>
        new ServerInterceptingCall(call, {
          start: (next) =>
            next({
              onReceiveMetadata(metadata, forward) {
                order.push(`${name} metadata`);
                forward(metadata);
              },
              onReceiveMessage(message: Text, forward) {
                order.push(`${name} ${message.value}`);
                forward({ value: `${message.value}!` });
              },
            }),
          sendStatus: (sent, next) => next({ ...sent, metadata: metadataOf({ [`x-${name}`]: "seen" }) }),
        });
    const options = { interceptors: [interceptor("inner"), interceptor("outer")] };
    await using server = await start({ unary: ({ request }, callback) => callback(null, request) }, options);
    using client = new TestClient(server.port);

    const { response, trailers } = await client.unary(method.unary, { value: "a" });

    expect(order).toEqual(["inner metadata", "outer metadata", "inner a", "outer a!"]);
    expect(response.value).toBe("a!!");
    expect(trailers.get("x-inner")).toEqual(["seen"]);
  });

  test("`tryShutdown` waits for calls, and takes no new ones", async () => {
    const answers: (() => void)[] = [];
    await using server = await start({
      unary: (_call, callback) => void answers.push(() => callback(null, { value: "late" })),
    });
    using client = new TestClient(server.port);
    const answer = client.unary(method.unary, {});
    await until(() => answers.length === 1, "the handler runs");

    let isShutDown = false;
    const stopped = shutdown(server.server).then(() => {
      isShutDown = true;
    });
    using other = new TestClient(server.port);
    const deadline = systemClock.wallNow() + 2_000;
    expect((await errorOf(other.unary(method.unary, {}, { call: { deadline } }))).code).toBe(status.UNAVAILABLE);
    expect(isShutDown).toBe(false);
    answers[0]?.();
    expect((await answer).response.value).toBe("late");
    await stopped;
    expect(() =>
      server.server.bindAsync("127.0.0.1:0", module.ServerCredentials.createInsecure() as never, () => {}),
    ).toThrow("bindAsync called after shutdown");
  });

  test("`forceShutdown` ends calls", async () => {
    let hasStarted = false;
    let isCancelled = false;
    await using server = await start({
      serverStream(call) {
        hasStarted = true;
        call.on("cancelled", () => {
          isCancelled = true;
        });
      },
    });
    using client = new TestClient(server.port);
    const stream = errorOf(textsOf(client.serverStream(method.serverStream, {})));
    await until(() => hasStarted, "the handler runs");

    server.server.forceShutdown();

    expect([status.UNAVAILABLE, status.CANCELLED]).toContain((await stream).code);
    await until(() => isCancelled, "the handler knows it");
  });

  test("`drain` ends the connections of a port, and `unbind` its listening", async () => {
    await using server = await start({ unary: (_call, callback) => callback(null, { value: "" }) });
    const address = `127.0.0.1:${server.port}`;
    using client = new TestClient(server.port);
    await client.unary(method.unary, {});

    server.server.drain(address, 1_000);
    await client.unary(method.unary, {}); // on a new connection
    server.server.unbind(address);
    const call = (): Promise<unknown> =>
      client.unary(method.unary, {}, { call: { deadline: systemClock.wallNow() + 5_000 } });
    let error: { readonly code: number } | undefined;
    while (error === undefined)
      error = await call().then(
        () => undefined,
        (thrown: { readonly code: number }) => thrown,
      );
    expect(error.code).toBe(status.UNAVAILABLE);
    expect(() => server.server.unbind("127.0.0.1:0")).toThrow("Cannot unbind port 0");
  });

  test("a port that is taken is an error of the callback", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const server = new module.Server();

    const bound = bind(server, `127.0.0.1:${port}`, module.ServerCredentials.createInsecure());

    expect((await errorOf(bound)).message).toMatch(/taken|EADDRINUSE/);
    server.forceShutdown();
    other.close();
  });

  test("wrong arguments are refused at once", () => {
    const server = new module.Server();
    const bindTo = (address: unknown, credentials: unknown) => () =>
      server.bindAsync(address as string, credentials as never, () => {});
    expect(bindTo(50051, module.ServerCredentials.createInsecure())).toThrow("port must be a string");
    expect(bindTo("127.0.0.1:0", {})).toThrow("creds must be a ServerCredentials object");
    expect(() => server.start()).toThrow("server must be bound in order to start");
    expect(() => server.addService({}, {})).toThrow("Cannot add an empty service to a server");
    server.addService(ECHO_SERVICE, {});
    expect(() => server.addService(ECHO_SERVICE, {})).toThrow("already provided");
    server.forceShutdown();
  });
}
