/** haproxy as an HTTP/2 proxy between our client and our server, over both transports. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createChannel, type TransportKind } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { service } from "@agent-team/grpc-server";
import { Echo, serveOnLoopback } from "@agent-team/grpc-server/testing";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";

const noHaproxy: string | undefined =
  spawnSync("haproxy", ["-v"]).error === undefined
    ? undefined
    : "haproxy is not installed: no call through it is tested";

/** An address of this file's, so that the proxy's fixed port is free. */
const ADDRESS = "127.42.0.1";
const PORT = 8444;

async function startHaproxy(upstreamPort: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-haproxy-"));
  await writeFile(
    join(folder, "haproxy.cfg"),
    `defaults
       mode http
       timeout connect 5s
       timeout client 30s
       timeout server 30s
     frontend front
       bind ${ADDRESS}:${PORT} proto h2
       default_backend back
     backend back
       server one 127.0.0.1:${upstreamPort} proto h2
    `,
  );
  const haproxy = spawn("haproxy", ["-db", "-q", "-f", join(folder, "haproxy.cfg")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(haproxy, "exit");
  onTestFinished(async () => {
    haproxy.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true });
  });
  while (!(await accepts())) if (haproxy.exitCode !== null) throw new Error(`haproxy ended with ${haproxy.exitCode}`);
}

async function accepts(): Promise<boolean> {
  const socket = connect(PORT, ADDRESS);
  const connected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

async function start(transport: TransportKind): Promise<{ client: Client<typeof Echo>; stopServer(): Promise<void> }> {
  const server = await serveOnLoopback({
    services: [
      service(Echo, {
        async unary({ value }) {
          if (value === "fail") throw new ConnectError("no café 文", Code.NotFound, { "x-words": "one" });
          return { value };
        },
        async *serverStream({ value }) {
          for (let i = 0; i < Number(value); i += 1) yield { value: String(i) };
        },
        async clientStream() {
          return {};
        },
        async *bidi(requests) {
          yield* requests;
        },
      }),
    ],
  });
  let closed: Promise<void> | undefined;
  const stopServer = (): Promise<void> => (closed ??= server.close());
  onTestFinished(stopServer);
  await startHaproxy(server.port);
  const channel = createChannel(`ipv4:${ADDRESS}:${PORT}`, { transport });
  onTestFinished(() => channel.close(10));
  return { client: createClient(Echo, createConnectTransport(channel)), stopServer };
}

describe.each<TransportKind>(["node:http2", "own"])("through haproxy, over %s", (transport) => {
  test.beforeEach(({ skip }) => skip(noHaproxy !== undefined, noHaproxy));

  test("calls and streams are answered, an error keeps its code, and a server that is gone is UNAVAILABLE", async () => {
    const { client, stopServer } = await start(transport);
    const large = "x".repeat(2_000_000);
    expect((await client.unary({ value: large })).value).toBe(large);
    const numbers: string[] = [];
    for await (const { value } of client.serverStream({ value: "50" })) numbers.push(value);
    expect(numbers).toHaveLength(50);
    const calls = Array.from({ length: 300 }, (_, i) => client.unary({ value: String(i) }));
    expect((await Promise.all(calls)).map(({ value }) => value)).toEqual(calls.map((_, i) => String(i)));

    const failed = await client.unary({ value: "fail" }).catch((reason: unknown) => ConnectError.from(reason));
    expect(failed).toMatchObject({ code: Code.NotFound, rawMessage: "no café 文" });
    expect((failed as ConnectError).metadata.get("x-words")).toBe("one");

    await stopServer();
    const gone = await client.unary({ value: "hello" }).catch((reason: unknown) => ConnectError.from(reason));
    expect(gone).toMatchObject({ code: Code.Unavailable });
  });
});
