import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { FaultProxy } from "./fault-proxy.ts";

/** A proxy in front of a server that sends back what it receives, and a client of it. */
async function start(): Promise<{ readonly proxy: FaultProxy; readonly open: () => Promise<Socket> }> {
  const echo = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  const upstream = await listen(echo);
  const free = createServer();
  const address = await listen(free);
  free.close();
  const proxy = new FaultProxy(address, upstream);
  await proxy.listen();
  const sockets: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await proxy[Symbol.asyncDispose]();
    echo.close();
    await once(echo, "close");
  });
  const open = async (): Promise<Socket> => {
    const socket = connect(address);
    sockets.push(socket);
    await once(socket, "connect");
    return socket;
  };
  return { proxy, open };
}

async function listen(server: Server): Promise<{ readonly host: string; readonly port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

async function received(socket: Socket): Promise<string> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk.toString();
}

test("without a fault every byte passes in both directions", async () => {
  const { open } = await start();
  const socket = await open();
  socket.write("hello");

  expect(await received(socket)).toBe("hello");
});

test("a stalled connection gets all its bytes when the stall ends", async () => {
  const { proxy, open } = await start();
  const socket = await open();
  socket.write("before");
  await received(socket);
  await proxy.setFault({ kind: "stall" });
  let isHealed = false;
  const answer = received(socket).then((text) => ({ text, isHealed }));
  socket.write("during");
  await vi.waitFor(() => expect(proxy.kept.heldBytes).toBe(6));
  isHealed = true;
  await proxy.setFault({ kind: "none" });

  expect(await answer).toEqual({ text: "during", isHealed: true });
});

test("a half-open connection stays lost after the fault, and a new one works", async () => {
  const { proxy, open } = await start();
  const lost = await open();
  lost.write("before");
  await received(lost);
  await proxy.setFault({ kind: "half-open" });
  await proxy.setFault({ kind: "none" });
  lost.write("lost");
  await vi.waitFor(() => expect(proxy.kept.lostBytes).toBe(4));
  const fresh = await open();
  fresh.write("new");

  expect(await received(fresh)).toBe("new");
  expect(lost.readableLength).toBe(0);
});

test("a connection that was idle too long loses its bytes and is not closed", async () => {
  const { proxy, open } = await start();
  const socket = await open();
  await proxy.setFault({ kind: "forget", idleMs: 0 });
  socket.write("lost");
  await vi.waitFor(() => expect(proxy.kept.lostBytes).toBe(4));
  await proxy.setFault({ kind: "none" });
  const fresh = await open();
  fresh.write("new");

  expect(await received(fresh)).toBe("new");
  expect({ closed: socket.closed, bytes: socket.bytesRead }).toEqual({ closed: false, bytes: 0 });
});

test("refusing resets the open connections, and listens again when the fault ends", async () => {
  const { proxy, open } = await start();
  const socket = await open();
  const failed = once(socket, "error");
  await proxy.setFault({ kind: "refuse" });

  expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  await expect(open()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  await proxy.setFault({ kind: "none" });
  const fresh = await open();
  fresh.write("again");
  expect(await received(fresh)).toBe("again");
});

test("a cut response ends early with FIN", async () => {
  const { proxy, open } = await start();
  const socket = await open();
  await proxy.setFault({ kind: "cut", afterBytes: 1 });
  socket.write("a whole frame");
  const ended = once(socket, "end");

  expect(await received(socket)).toBe("a whole fr");
  await ended;
});

test("a corrupt response differs from the one that was sent", async () => {
  const { proxy, open } = await start();
  const socket = await open();
  await proxy.setFault({ kind: "corrupt" });
  socket.write("aaaa");

  expect(await received(socket)).toBe("aaqa");
});
