import { once } from "node:events";
import { createServer as createHttp2Server, type Http2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createChannel, Status } from "@agent-team/grpc-client";
import { freePort } from "@agent-team/test-support/free-port";
import { expect, onTestFinished, test, vi } from "vitest";
import { countingClock } from "../../test/counting-clock.ts";
import { createJournal } from "../create-journal.ts";
import { InProcessJournal } from "../in-process.ts";
import { bytes, describeJournal, expectCode } from "../journal.contract.ts";
import type { Journal } from "../journal.ts";
import { describeRefusals } from "../refusals.contract.ts";
import { type JournalServer, serveJournal } from "./server.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

async function open(journal: Journal): Promise<Journal> {
  const server = await shared({ journal });
  return client(server.url, { requestTimeoutMs: 60_000 }); // the suite is not about time
}

describeJournal("grpc", () => open(new InProcessJournal()));
describeRefusals("grpc", () => open(new InProcessJournal({ maxBytes: 1024 * 1024 })));

test("requests wait for a server that has not started, and are answered when it starts", async () => {
  const port = await freePort();
  const journal = await client(`tcp://127.0.0.1:${port}`);

  expect(journal.isReady).toBe(false);
  const put = journal.put("a", bytes("a"));
  await shared({ port });

  expect(await put).toBe(1);
  expect(journal.isReady).toBe(true);
});

test("a server that has stopped is used again when it returns", async () => {
  const store = new InProcessJournal();
  const first = await shared({ journal: store });
  const journal = await client(first.url);
  await journal.put("a", bytes("a"));

  await first.close();
  await vi.waitUntil(() => !journal.isReady);
  await shared({ journal: store, port: first.port });

  expect((await journal.get("a"))?.version).toBe(1);
});

test("a full store takes what may overfill it, over the wire as well", async () => {
  const server = await shared({ journal: new InProcessJournal({ maxBytes: 3 }) });
  const journal = await client(server.url);
  await journal.put("a", bytes("1"));

  await expectCode(journal.append("a", [bytes("12")], { expectedVersion: 1 }), "full");
  expect(await journal.append("a", [bytes("12")], { expectedVersion: 1, mayOverfill: true })).toBe(2);
});

test("requests that were sent fail with their connection, not with their deadline", async () => {
  const { url, called } = await hangingServer();
  const journal = await client(url, { requestTimeoutMs: 60_000 });
  const get = journal.get("a");

  const session = await called;
  session.destroy();

  await expectCode(get, "unavailable");
});

test("a request to a peer that accepts calls and never answers fails with its deadline", async () => {
  const { url } = await hangingServer();
  const journal = await client(url, { requestTimeoutMs: 50 });

  await expectCode(journal.get("a"), "unavailable");
});

test("a peer that accepts the connection and stays silent costs a request its deadline, and the connection", async () => {
  const { url, accepted } = await silentServer();
  const journal = await client(url, { requestTimeoutMs: 50 });

  await expectCode(journal.get("a"), "unavailable");
  const socket = await accepted;
  if (!socket.closed) await once(socket, "close");
});

test("no listener: a request fails with its deadline and names the address", async () => {
  const journal = await client(`tcp://127.0.0.1:${await freePort()}`, { requestTimeoutMs: 1_000 });

  await expect(journal.get("a")).rejects.toThrow(/unavailable.*127\.0\.0\.1:\d+ did not answer.*ECONNREFUSED/);
});

test.for([
  ["HTTP/1.1", Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
  ["a frame above SETTINGS_MAX_FRAME_SIZE", Buffer.concat([PREFACE, Buffer.from("ffffff000000000001", "hex")])],
  ["a frame of the former protocol", Buffer.from("00000007000000037b7b7b", "hex")],
] as const)("%s ends that connection and no other", async ([, garbage]) => {
  const server = await shared();
  const journal = await client(server.url);
  const hostile = connect(server.port, "127.0.0.1");

  hostile.write(garbage);
  hostile.resume();
  await once(hostile, "close");

  expect(await journal.put("a", bytes("a"))).toBe(1);
});

test("a request that is no message of the contract is refused, and the next one is answered", async () => {
  const server = await shared();
  const channel = createChannel(`127.0.0.1:${server.port}`);
  onTestFinished(() => channel.close(0));
  const path = "/agentteam.journal.v1.JournalService/PutDocument";

  const error = await new Promise((resolve) => {
    const method = { path, unaryRequest: true, unaryResponse: true, idempotent: false };
    const call = channel.call(method, {}, { onHeaders() {}, onMessage() {}, onDrain() {}, onEnd: resolve });
    call.send(Uint8Array.of(0xff), true);
    call.start();
  });

  expect(error).toMatchObject({ code: Status.invalidArgument });
  expect(await (await client(server.url)).put("a", bytes("a"))).toBe(1);
});

test("a journal is not shared beyond this machine", async () => {
  await expect(serveJournal({ journal: new InProcessJournal(), host: "0.0.0.0" })).rejects.toThrow("loopback only");
});

test("a taken port is an error, not a crash", async () => {
  const server = await shared();

  await expect(serveJournal({ journal: new InProcessJournal(), port: server.port })).rejects.toThrow("EADDRINUSE");
});

async function client(url: string, options: { readonly requestTimeoutMs?: number } = {}): Promise<Journal> {
  const clock = countingClock();
  const journal = await createJournal({ url, clock, random: () => 0.5, ...options });
  onTestFinished(async () => {
    await journal.close();
    expect(clock.open).toBe(0);
  });
  return journal;
}

async function shared(options: { readonly journal?: Journal; readonly port?: number } = {}): Promise<JournalServer> {
  const server = await serveJournal({ journal: new InProcessJournal(), ...options });
  onTestFinished(() => server.close());
  return server;
}

async function silentServer(): Promise<{ readonly url: string; readonly accepted: Promise<Socket> }> {
  const first = Promise.withResolvers<Socket>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.resume();
    first.resolve(socket);
  });
  const port = await listening(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return { url: `tcp://127.0.0.1:${port}`, accepted: first.promise };
}

/** Speaks HTTP/2 and answers no call. */
async function hangingServer(): Promise<{ readonly url: string; readonly called: Promise<Http2Session> }> {
  const first = Promise.withResolvers<Http2Session>();
  const sessions = new Set<Http2Session>();
  const server = createHttp2Server();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    if (stream.session !== undefined) first.resolve(stream.session);
  });
  const port = await listening(server);
  onTestFinished(async () => {
    for (const session of sessions) session.destroy();
    server.close();
    await once(server, "close");
  });
  return { url: `tcp://127.0.0.1:${port}`, called: first.promise };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
