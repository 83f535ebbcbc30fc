import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { expect, onTestFinished, test } from "vitest";
import { SocketFactory } from "./socket-factory.ts";

test.each(["direct", "by a proxy"])("certificates that OpenSSL does not take open no socket: %s", async (way) => {
  const server = createServer((socket) => socket.end());
  onTestFinished(() => void server.close());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  let accepted = 0;
  server.on("connection", () => accepted++);
  const texts = { cert: "no certificate", key: "no key", ca: undefined };
  const options = {
    authority: "agent",
    connectTimeoutMs: 1_000,
    maxReceiveMessageBytes: 1,
    proxy: way === "direct" ? undefined : { ...address, authorization: undefined },
  };
  const factory = new SocketFactory({ ...options, tls: { serverName: undefined, texts } }, systemClock);
  const listener = { onReady() {}, onRoom() {}, onGoaway() {}, onClose() {} };
  const unused = (): never => {
    throw new Error("made");
  };
  expect(() => factory.connect({ ...address, kind: "task", lane: 0 }, listener, unused)).toThrow(/PEM/);
  // Sockets are accepted in the order in which they connect.
  await once(connect(address), "close");
  expect(accepted).toBe(1);
});
