import { createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { closeServer, listen } from "./listen.ts";
import { findPortOwner, listeningInodes } from "./port-owner.ts";

it("names the process that listens on a port", async () => {
  const server = createServer();
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => closeServer(server));
  expect(await findPortOwner(port)).toContain(`(pid ${process.pid})`);
});

it("knows nobody for a port that is free", async () => {
  const server = createServer();
  const { port } = await listen(server, { host: "127.0.0.1", port: 0 });
  await closeServer(server);
  expect(await findPortOwner(port)).toBeUndefined();
});

it("reads the inodes of listeners, and not of connections, from the kernel's table", () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
   2: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0`;
  expect(listeningInodes(table, 8000)).toEqual(["4711"]);
});
