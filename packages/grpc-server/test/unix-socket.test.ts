// A server beside its only client: both on one machine, without a port.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import { afterEach, beforeEach, expect, test } from "vitest";
import { service } from "../src/index.ts";
import { Echo } from "./echo.ts";
import { Program } from "./program.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

const services = [service(Echo, { unary: (request) => request })];

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unix-"));
  path = join(folder, "grpc.sock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.for(["unix:", "unix://"])(
  "GRPC_HOST=%s/path is served, with its side port on loopback, and its file goes with it",
  async (scheme) => {
    const server = await serveOnLoopback({ services }, { GRPC_HOST: `${scheme}${path}` });
    const channel = createChannel(`unix:${path}`);
    const client = createClient(Echo, createConnectTransport(channel));
    expect((await client.unary({ value: "beside" })).value).toBe("beside");
    expect((await fetch(`http://127.0.0.1:${server.sidePort}/readyz`)).status).toBe(200);
    expect([server.port, server.log.find(({ msg }) => msg === "serving")?.["address"]]).toEqual([0, `unix:${path}`]);
    await channel.close();
    await server.close();
    expect(existsSync(path)).toBe(false);
  },
);

test("the socket of a killed server is replaced", async () => {
  await using killed = new Program({ GRPC_HOST: `unix:${path}` });
  await killed.logged("serving");
  killed.signal("SIGKILL");
  await killed.exited;
  expect(existsSync(path)).toBe(true);
  await using _ = await serveOnLoopback({ services }, { GRPC_HOST: `unix:${path}` });
  await using channel = createChannel(`unix:${path}`);
  expect((await createClient(Echo, createConnectTransport(channel)).unary({ value: "next" })).value).toBe("next");
});

test("a socket that is served is left alone, and the second server says so in one line", async () => {
  await using _ = await serveOnLoopback({ services }, { GRPC_HOST: `unix:${path}` });
  await using second = new Program({ GRPC_HOST: `unix:${path}` });
  expect(await second.exited).toBe(1);
  expect(second.stderr).toBe(
    `GRPC_HOST=unix:${path}: expected a path where this user may make a socket (another program serves it)\n`,
  );
  const still = connect({ path });
  await new Promise((resolve) => still.once("connect", resolve));
  still.destroy();
});
