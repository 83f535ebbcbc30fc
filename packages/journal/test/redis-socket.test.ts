import { expect, test } from "vitest";
import { readRedisUrl } from "../src/index.ts";
import { connectorTo } from "../src/redis/socket.ts";
import { silentPeer } from "./hostile-peers.ts";

test("a socket that raises a second error, as TLS does, does not end the process", async () => {
  const { url } = await silentPeer();
  const connector = new (connectorTo(readRedisUrl(url), {}))();
  const socket = await connector.connect();
  socket.once("error", () => {}); // as ioredis listens: once

  socket.emit("error", new Error("first"));
  socket.emit("error", new Error("second"));

  expect(connector.firstError?.message).toBe("first");
  connector.disconnect();
  expect(socket.destroyed).toBe(true);
});
