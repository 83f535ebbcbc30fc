import { once } from "node:events";
import { createServer, type ListenOptions } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { closeServer, listen } from "./listen.ts";
import { findPortOwner, listenerInLsof, listeningInodes } from "./port-owner.ts";

/** The port of a listener that ends with the test. */
async function portOf(options: ListenOptions): Promise<number> {
  const server = createServer().listen(options);
  await once(server, "listening");
  onTestFinished(() => closeServer(server));
  return (server.address() as { readonly port: number }).port;
}

const SELF = `(pid ${process.pid})`;

test.each(["127.0.0.1", "0.0.0.0", "::", "::ffff:127.0.0.1"])(
  "a process that listens on %s is named as the owner of 127.0.0.1",
  async (host) => {
    const port = await portOf({ host, port: 0 });
    expect(await findPortOwner({ host: "127.0.0.1", port })).toContain(SELF);
  },
);

test.each(["127.0.0.2", "::1"])("a process that listens on the same port of %s is not named", async (host) => {
  const port = await portOf({ host, port: 0 });
  expect(await findPortOwner({ host: "127.0.0.1", port })).toBeUndefined();
});

test("a free port has no owner", async () => {
  const server = createServer();
  const address = await listen(server, { host: "127.0.0.1", port: 0 });
  await closeServer(server);
  expect(await findPortOwner(address)).toBeUndefined();
});

const ROWS = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F40 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 30 10 -1
   2: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0 0 10 0
   3: 0200007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4714 1 0 100 0 0 10 0
   4: 00000000000000000000000000000000:1F40 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4715 1 0 100 0 0 10 0
   5: 00000000:1F42 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4716 1 0 100 0 0 10 0`;

test("the kernel's table gives listeners, and not connections", () => {
  const inodesOf = (host: string, port: number): readonly string[] => listeningInodes(ROWS, { host, port });
  expect(inodesOf("127.0.0.1", 8001)).toEqual(["4713"]);
  expect(inodesOf("127.0.0.3", 8001)).toEqual([]);
  expect(inodesOf("127.0.0.3", 8002)).toEqual(["4716"]);
});

test("a listener on the address itself is preferred to one on all IPv6 addresses, which may accept IPv6 only", () => {
  expect(listeningInodes(ROWS, { host: "127.0.0.1", port: 8000 })).toEqual(["4711"]);
  expect(listeningInodes(ROWS, { host: "127.0.0.9", port: 8000 })).toEqual(["4715"]);
});

test("the listeners of lsof are matched by address and port", () => {
  const output =
    "p4711\ncnode\nf20\nn127.0.0.2:8000\np4712\ncpython3\nf3\nn*:8000\np4713\ncruby\nf5\nn127.0.0.1:8000\n";
  expect(listenerInLsof(output, { host: "127.0.0.1", port: 8000 })).toBe("ruby (pid 4713)");
  expect(listenerInLsof(output, { host: "127.0.0.3", port: 8000 })).toBe("python3 (pid 4712)");
  expect(listenerInLsof("p4711\ncnode\nn127.0.0.2:8000\n", { host: "127.0.0.3", port: 8000 })).toBeUndefined();
});
