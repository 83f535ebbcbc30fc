/** The servers that the cases run against, in this process or as programs of the distribution. */

import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CertificateAuthority } from "@agent-team/certificate-authority";
import { systemClock } from "@agent-team/foundation/clock";
import { service } from "@agent-team/grpc-server";
import { serveOnLoopback } from "@agent-team/grpc-server/testing";
import { findProgram } from "@agent-team/test-support/find-program";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import * as grpc from "@grpc/grpc-js";
import { noCCore, startCCoreProgram } from "../../test/support/c-core.ts";
import { noProxy, type ProxyName, startProxy } from "../../test/support/proxy.ts";
import { TestService } from "../gen/grpc/testing/test_pb.ts";
import type { Way } from "../subject.ts";
import { installedVersion } from "../versions.ts";
import { startConnectProxy } from "./connect-proxy.ts";
import { startGrpcJs } from "./grpc-js.ts";
import { startNghttpd } from "./nghttpd.ts";
import { startNodeHttp2 } from "./node-http2.ts";
import { testService } from "./service.ts";

/** A server that runs, and how to reach it. */
export interface RunningPeer extends AsyncDisposable {
  readonly way: Omit<Way, "transport">;
}

export interface Peer {
  readonly name: string;
  readonly version: string;
  /** Why it cannot run here; undefined where it can. */
  readonly absent?: string | undefined;
  /** The only cases that it can answer. Default: all. */
  readonly only?: readonly string[];
  start(): Promise<RunningPeer>;
}

/** nginx: the default of `keepalive_requests`. */
const NGINX_REQUESTS_PER_CONNECTION = 1_000;
const SERVER_NAME = "orders.internal";
const GRPC_JS = `grpc-js ${installedVersion("@grpc/grpc-js")}`;
const PLAIN = grpc.ServerCredentials.createInsecure();

export const PEERS: readonly Peer[] = [
  { name: "grpc-js", version: GRPC_JS, start: async () => at(await startGrpcJs(PLAIN)) },
  {
    name: "grpc-js that sends gzip",
    version: GRPC_JS,
    start: async () => at(await startGrpcJs(PLAIN, { "grpc.default_compression_algorithm": 2 })),
  },
  { name: "grpc-js, TLS", version: GRPC_JS, start: startWithTls },
  { name: "grpc-js, Unix socket", version: GRPC_JS, start: startAtSocket },
  { name: "grpc-js, HTTP proxy", version: GRPC_JS, start: startBehindHttpProxy },
  {
    name: "grpc-js, connections of 200 ms",
    version: GRPC_JS,
    start: async () =>
      at(await startGrpcJs(PLAIN, { "grpc.max_connection_age_ms": 200, "grpc.max_connection_age_grace_ms": 10_000 })),
  },
  { name: "grpc-js behind nginx", version: versionOf("nginx", "-v"), ...behind("nginx") },
  { name: "grpc-js behind haproxy", version: versionOf("haproxy", "-v"), ...behind("haproxy") },
  {
    name: "node:http2",
    version: `Node ${process.versions.node}`,
    start: async () => ({ ...at(await startNodeHttp2(), true) }),
  },
  {
    name: "connect-node",
    version: `connect-node ${installedVersion("@connectrpc/connect-node")}`,
    start: startConnectNode,
  },
  { name: "grpc-server (ours)", version: "this repository", start: startOurs },
  {
    name: "C-core (Python)",
    version: versionOf("/usr/bin/python3", "-c", "import grpc; print('grpcio', grpc.__version__)"),
    absent: noCCore,
    start: async () => at(await startCCoreProgram("interop_server.py", [])),
  },
  {
    name: "nghttpd",
    version: versionOf("nghttpd", "--version"),
    absent: findProgram("nghttpd") === undefined ? "nghttpd is not installed" : undefined,
    // It serves files: a call is answered with HTTP 404.
    only: ["unimplemented_method", "unimplemented_service"],
    start: async () => at(await startNghttpd()),
  },
];

function at(server: AsyncDisposable & { readonly port: number }, seesCompression = false): RunningPeer {
  return {
    way: { target: `ipv4:127.0.0.1:${server.port}`, seesCompression },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function startWithTls(): Promise<RunningPeer> {
  const authority = await CertificateAuthority.create("test CA", systemClock.wallNow());
  const { certificate, key } = await authority.issue({ name: SERVER_NAME, dnsNames: [SERVER_NAME] });
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  const peer = at(await startGrpcJs(grpc.ServerCredentials.createSsl(null, [pair])));
  return { ...peer, way: { ...peer.way, tls: { ca: authority.certificate, serverName: SERVER_NAME } } };
}

async function startAtSocket(): Promise<RunningPeer> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-unix-"));
  const path = join(folder, "orders.sock");
  const server = await startGrpcJs(PLAIN, {}, path);
  return {
    way: { target: `unix:${path}`, seesCompression: false },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startBehindHttpProxy(): Promise<RunningPeer> {
  const server = await startGrpcJs(PLAIN);
  const proxy = await startConnectProxy();
  return {
    way: {
      target: `localhost:${server.port}`,
      seesCompression: false,
      proxy: `http://user:secret@127.0.0.1:${proxy.port}`,
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function behind(name: ProxyName): Pick<Peer, "absent" | "start"> {
  return {
    absent: noProxy(name),
    async start() {
      const server = await startGrpcJs(PLAIN);
      const proxy = await startProxy(name, server.port, NGINX_REQUESTS_PER_CONNECTION);
      return {
        way: { target: proxy.plain, seesCompression: false },
        async [Symbol.asyncDispose]() {
          await proxy[Symbol.asyncDispose]();
          await server[Symbol.asyncDispose]();
        },
      };
    },
  };
}

async function startConnectNode(): Promise<RunningPeer> {
  const server: Http2Server = createServer(
    connectNodeAdapter({ routes: (router) => router.service(TestService, testService), readMaxBytes: 16 << 20 }),
  );
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return at({
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function startOurs(): Promise<RunningPeer> {
  const server = await serveOnLoopback({ services: [service(TestService, testService)] });
  return at({ port: server.port, [Symbol.asyncDispose]: () => server.close() });
}

/** What a program says of its version: the first word with a number and a dot, and the name before it. */
function versionOf(program: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  const [, version] = /(\d+\.\d+(?:\.\d+)?)/.exec(`${stdout}${stderr}`) ?? [];
  const name = program.startsWith("/") ? "grpcio" : program;
  return version === undefined ? "" : `${name} ${version}`;
}
