/** nginx as an HTTP/2 proxy between our client and our server: a hop that closes connections and returns its own errors. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Channel, createChannel, type TransportKind } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { service } from "@agent-team/grpc-server";
import { Echo, serveOnLoopback } from "@agent-team/grpc-server/testing";
import { type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";

const noNginx: string | undefined =
  spawnSync("nginx", ["-v"]).error === undefined
    ? undefined
    : "nginx is not installed: no call through a proxy is tested";

/** An address of this file's, so that the proxy's fixed port is free. */
const ADDRESS = "127.41.0.1";
const PORT = 8443;

/** nginx in front of a gRPC server. After so many requests it ends a connection with GOAWAY, as it does after 1,000 by default. */
async function startNginx(upstreamPort: number, requestsPerConnection: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-nginx-"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 256; }
     http {
       access_log off; ${temporary.join(" ")}
       keepalive_requests ${requestsPerConnection};
       server {
         listen ${ADDRESS}:${PORT} http2;
         location / { grpc_pass grpc://127.0.0.1:${upstreamPort}; }
       }
     }`,
  );
  const nginx = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exited = once(nginx, "exit");
  onTestFinished(async () => {
    nginx.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true });
  });
  while (!(await accepts(ADDRESS, PORT)))
    if (nginx.exitCode !== null) throw new Error(`nginx ended with ${nginx.exitCode}`);
}

async function accepts(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  const connected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

async function start(
  transport: TransportKind,
  requestsPerConnection = 1_000,
): Promise<{ client: Client<typeof Echo>; channel: Channel; stopServer(): Promise<void> }> {
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
  await startNginx(server.port, requestsPerConnection);
  const channel = createChannel(`ipv4:${ADDRESS}:${PORT}`, { transport });
  onTestFinished(() => channel.close(10));
  return { client: createClient(Echo, createConnectTransport(channel)), channel, stopServer };
}

describe.each<TransportKind>(["node:http2", "own"])("through nginx, over %s", (transport) => {
  test.beforeEach(({ skip }) => skip(noNginx !== undefined, noNginx));

  test("a call and a stream are answered, and an error keeps its code, message and metadata", async () => {
    const { client } = await start(transport);
    expect((await client.unary({ value: "hello" })).value).toBe("hello");
    const numbers: string[] = [];
    for await (const { value } of client.serverStream({ value: "50" })) numbers.push(value);
    expect(numbers).toHaveLength(50);

    const error = await client.unary({ value: "fail" }).catch((reason: unknown) => ConnectError.from(reason));
    expect(error).toMatchObject({ code: Code.NotFound, rawMessage: "no café 文" });
    expect((error as ConnectError).metadata.get("x-words")).toBe("one");
  });

  test("a GOAWAY after every 10 requests costs none of 300 calls", async () => {
    const { client } = await start(transport, 10);
    const callers = Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 75; i += 1) await client.unary({ value: String(i) });
    });
    await Promise.all(callers);
    expect((await client.unary({ value: "last" })).value).toBe("last");
  });

  test("a server that is gone is UNAVAILABLE, with the proxy's status in the message", async () => {
    const { client, stopServer } = await start(transport);
    await stopServer();
    const error = await client.unary({ value: "hello" }).catch((reason: unknown) => ConnectError.from(reason));

    expect(error).toMatchObject({ code: Code.Unavailable, rawMessage: expect.stringContaining("502") });
  });
});
