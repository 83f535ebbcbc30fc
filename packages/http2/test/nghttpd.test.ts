/** The client against nghttp2's own server, which pads its frames and sends trailers when it is told to. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { ClientConnection } from "../src/connection/client-connection.ts";
import { RecordingConnection, RecordingStream } from "./support/recorders.ts";
import { until } from "./support/until.ts";

const noNghttpd: string | undefined =
  spawnSync("nghttpd", ["--version"]).error === undefined
    ? undefined
    : "nghttpd is not installed: nothing is tested with nghttp2's server";

const FILE_BYTES = 5_000_000;
const open: ClientConnection[] = [];

afterEach(() => {
  for (const connection of open.splice(0)) connection.destroy();
});

/** nghttpd with one file, `/file`. Returns its port. */
async function serve(...options: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-nghttpd-"));
  await writeFile(join(folder, "file"), Buffer.alloc(FILE_BYTES, "nghttp2 "));
  const port = await freePort();
  const args = ["--no-tls", "--address=127.0.0.1", `--htdocs=${folder}`, ...options, String(port)];
  const server = spawn("nghttpd", args, { stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(async () => {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
    await rm(folder, { recursive: true });
  });
  await listens(server, port);
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function listens(server: ChildProcess, port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    if (server.exitCode !== null) throw new Error(`nghttpd ended with ${server.exitCode}`);
  }
}

async function connected(port: number): Promise<{ connection: ClientConnection; listener: RecordingConnection }> {
  const listener = new RecordingConnection();
  const connection = new ClientConnection(connect(port, "127.0.0.1"), { now: () => performance.now() }, listener);
  open.push(connection);
  await until(() => listener.settings > 0, "SETTINGS come");
  return { connection, listener };
}

function get(connection: ClientConnection, path: string): RecordingStream {
  const events = new RecordingStream();
  const fields = connection.prepare([
    [":method", "GET"],
    [":scheme", "http"],
    [":authority", "127.0.0.1"],
    [":path", path],
  ]);
  connection.open(fields, [], events)?.send(new Uint8Array(), true);
  return events;
}

describe("nghttpd", () => {
  test.beforeEach(({ skip }) => skip(noNghttpd !== undefined, noNghttpd));

  test.for<readonly [what: string, ...options: string[]]>([
    ["as it is"],
    ["with padded frames and trailers", "--padding=255", "--trailer=x-end: yes"],
    ["without a dynamic table", "--header-table-size=0", "--encoder-header-table-size=0"],
  ])("%s sends 20 files at once", async ([, ...options]) => {
    const { connection, listener } = await connected(await serve(...options));
    const streams = Array.from({ length: 20 }, () => get(connection, "/file"));
    for (const events of streams) {
      await events.finished();
      expect([events.abort, events.bytes]).toEqual([undefined, FILE_BYTES]);
      if (options.length > 0 && options[0] === "--padding=255") expect(events.trailers).toEqual([["x-end", "yes"]]);
    }
    expect((await get(connection, "/none").finished()).headers).toContainEqual([":status", "404"]);
    expect([connection.openStreams, listener.closes]).toEqual([0, []]);
  });
});
