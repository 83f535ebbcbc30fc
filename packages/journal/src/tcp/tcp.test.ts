import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { countingClock } from "../../test/counting-clock.ts";
import { createJournal } from "../create-journal.ts";
import { InProcessJournal } from "../in-process.ts";
import { bytes, describeJournal, expectCode } from "../journal.contract.ts";
import type { Journal } from "../journal.ts";
import { encodeFrame } from "./frame.ts";
import { type JournalServer, serveJournal } from "./server.ts";

describeJournal("tcp", async () => {
  const server = await shared();
  return client(server.url);
});

test("a journal that is away makes requests wait, and answers them when it comes", async () => {
  const port = await freePort();
  const journal = client(`tcp://127.0.0.1:${port}`);

  expect(journal.isReady).toBe(false);
  const put = journal.put("a", bytes("a"));
  await shared({ port });

  expect(await put).toBe(1);
  expect(journal.isReady).toBe(true);
});

test("a journal that went away is used again when it is back", async () => {
  const store = new InProcessJournal();
  const first = await shared({ journal: store });
  const journal = client(first.url);
  await journal.put("a", bytes("a"));

  await first.close();
  await vi.waitUntil(() => !journal.isReady);
  await shared({ journal: store, port: first.port });

  expect((await journal.get("a"))?.version).toBe(1);
});

test("requests that were sent fail with their connection, not with their deadline", async () => {
  const { url, accepted } = await silentServer();
  const journal = client(url, { requestTimeoutMs: 60_000 });
  const get = journal.get("a");

  const socket = await accepted;
  await once(socket, "data");
  socket.destroy();

  await expectCode(get, "unavailable");
});

test("a peer that accepts and stays silent costs a request its deadline, and the connection", async () => {
  const { url, accepted } = await silentServer();
  const journal = client(url, { requestTimeoutMs: 50 });

  await expectCode(journal.get("a"), "unavailable");
  const socket = await accepted;
  if (!socket.closed) await once(socket, "close");
});

test("nobody there: a request fails with its deadline and says where it went", async () => {
  const journal = client(`tcp://127.0.0.1:${await freePort()}`, { requestTimeoutMs: 1_000 });

  await expect(journal.get("a")).rejects.toThrow(/unavailable.*127\.0\.0\.1:\d+ did not answer.*ECONNREFUSED/);
});

test.for([
  ["a length prefix of 2 GiB", Buffer.from("7fffffff00000000", "hex")],
  ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
  ["a header that is not JSON", Buffer.from("00000007000000037b7b7b", "hex")],
  ["a header longer than its frame", Buffer.from("00000004000000ff", "hex")],
  ["a header that is no request", Buffer.from(encodeFrame({ header: null, body: new Uint8Array() }))],
] as const)("%s ends that connection and no other", async ([, garbage]) => {
  const server = await shared();
  const journal = client(server.url);
  const hostile = connect(server.port, "127.0.0.1");

  hostile.write(garbage);
  await once(hostile, "close");

  expect(await journal.put("a", bytes("a"))).toBe(1);
});

test("a journal is not shared beyond this machine", async () => {
  await expect(serveJournal({ journal: new InProcessJournal(), host: "0.0.0.0" })).rejects.toThrow("loopback only");
});

test("a taken port is an error, not a crash", async () => {
  const server = await shared();

  await expect(serveJournal({ journal: new InProcessJournal(), port: server.port })).rejects.toThrow("EADDRINUSE");
});

function client(url: string, options: { readonly requestTimeoutMs?: number } = {}): Journal {
  const clock = countingClock();
  const journal = createJournal({ url, clock, random: () => 1, ...options });
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

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  await once(server, "close");
  return port;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
