// The probe against correct and faulty servers, and as a program.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createPlainServer, createSecureServer } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { type StubHandler, StubServer } from "@agent-team/grpc-client/testing";
import { expect, onTestFinished, test } from "vitest";
import { CERTIFICATE, KEY } from "../../grpc-client/test/support/certificate.ts";
import { probe } from "../src/probe/probe.ts";

const CHECK = "/grpc.health.v1.Health/Check";

interface ProbeResult {
  readonly code: number;
  readonly output: string;
}

async function run(args: readonly string[], clock = systemClock): Promise<ProbeResult> {
  const lines: string[] = [];
  const code = await probe(args, clock, (line) => lines.push(line));
  return { code, output: lines.join("\n") };
}

/** A server with these response bytes for Check. */
async function serverAnswering(...response: readonly number[]): Promise<StubServer> {
  return serve({
    [CHECK]: async (call) => {
      await call.request;
      call.send(Buffer.from(response));
      call.end();
    },
  });
}

async function serve(handlers: Readonly<Record<string, StubHandler>>): Promise<StubServer> {
  const server = await StubServer.start({ handlers });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** Listens on a free port, and closes the server with its connections at the end of the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

test("exit code 0 when the server is SERVING", async () => {
  const server = await serverAnswering(0x08, 1);
  expect(await run([`-addr=${server.address}`])).toEqual({ code: 0, output: "status: SERVING" });
});

test.each([
  ["NOT_SERVING", [0x08, 2]],
  ["SERVICE_UNKNOWN", [0x08, 3]],
  ["UNKNOWN", []],
])("exit code 4 when the status is %s", async (status, response) => {
  const server = await serverAnswering(...response);
  expect(await run([`-addr=${server.address}`])).toEqual({
    code: 4,
    output: `unhealthy: ${server.address} answered ${status}`,
  });
});

test("the request has the given service, metadata and user agent", async () => {
  const seen: unknown[] = [];
  const server = await serve({
    [CHECK]: async (call) => {
      const [message] = await call.request;
      seen.push(Buffer.from(message ?? []).toString("latin1"), call.headers["user-agent"], call.headers["x-a"]);
      call.send(Buffer.from([0x08, 1]));
      call.end();
    },
  });
  const name = "s".repeat(200);
  expect(await run([`-addr=${server.address}`, `-service=${name}`, "-user-agent=me", "-rpc-header=x-a: 1"])).toEqual({
    code: 0,
    output: "status: SERVING",
  });
  expect(seen).toEqual([`\n\xc8\x01${name}`, "me", "1"]);
});

test("exit code 2 when the port is closed", async () => {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  const { code, output } = await run([`-addr=127.0.0.1:${port}`]);
  expect(code).toBe(2);
  expect(output).toBe(`error: no connection to 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`);
});

test("exit code 2 after the connect timeout when the peer accepts and sends nothing", async () => {
  const silent = createServer();
  const port = await listen(silent);
  const clock = new FakeClock();
  const accepted = new Promise((resolve) => silent.once("connection", resolve));
  const outcome = run([`-addr=127.0.0.1:${port}`, "-connect-timeout=2s"], clock);
  await accepted;
  clock.advance(2_000);
  expect(await outcome).toEqual({
    code: 2,
    output: `error: no connection to 127.0.0.1:${port}: timeout after 2000 ms`,
  });
});

test("exit code 2 when the peer closes the connection at once", async () => {
  const port = await listen(createServer((socket) => socket.end()));
  expect((await run([`-addr=127.0.0.1:${port}`])).code).toBe(2);
});

test("exit code 3 after the RPC timeout when the call gets no response", async () => {
  const called = Promise.withResolvers<void>();
  const server = await serve({ [CHECK]: () => called.resolve() });
  const clock = new FakeClock();
  const outcome = run([`-addr=${server.address}`, "-rpc-timeout=3s"], clock);
  await called.promise;
  clock.advance(3_000);
  expect(await outcome).toEqual({
    code: 3,
    output: `error: ${server.address} gave no health status: timeout after 3000 ms`,
  });
});

test.each<[string, string, StubHandler]>([
  ["has no health service", "this server has no grpc.health.v1.Health", (call) => call.end(12, "no")],
  ["does not know the name", "gRPC status 5 unknown service", (call) => call.end(5, "unknown service")],
  ["has a status message of several lines", "gRPC status 13 a b", (call) => call.end(13, "a\n\u001bb")],
  [
    "encodes its message wrongly",
    "gRPC status 13 100%",
    ({ stream }) =>
      stream.respond({ ":status": 200, "grpc-status": "13", "grpc-message": "100%" }, { endStream: true }),
  ],
  ["resets the call", "Stream closed with error code NGHTTP2_INTERNAL_ERROR", (call) => call.reset(2)],
  [
    "answers HTTP 404",
    "HTTP 404, which no gRPC server answers",
    ({ stream }) => stream.respond({ ":status": 404 }, { endStream: true }),
  ],
  [
    "answers bytes of another kind",
    "expected a HealthCheckResponse, got 3 other bytes",
    ({ stream }) => {
      stream.respond({ ":status": 200, "grpc-status": "0" });
      stream.end("abc");
    },
  ],
])("exit code 3 when the server %s", async (_, reason, handler) => {
  const server = await serve({ [CHECK]: handler });
  expect(await run([`-addr=${server.address}`])).toEqual({
    code: 3,
    output: `error: ${server.address} gave no health status: ${reason}`,
  });
});

test("the probe connects to a Unix socket", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "probe-")), "s");
  onTestFinished(() => rmSync(dirname(path), { recursive: true }));
  const authorities: unknown[] = [];
  const server = createPlainServer().on("stream", (stream, headers) => {
    authorities.push(headers[":authority"]);
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  expect(await run([`-addr=unix:${path}`])).toEqual({ code: 0, output: "status: SERVING" });
  expect(await run([`-addr=unix://${path}`])).toMatchObject({ code: 0 });
  expect(authorities).toEqual(["localhost", "localhost"]);
  expect(await run([`-addr=unix:${path}.none`])).toMatchObject({ code: 2, output: expect.stringContaining("ENOENT") });
});

test.each([
  ["500us", "1m"],
  ["3s", "3000m"],
  ["100h", "360000S"],
])("the request with -rpc-timeout=%s has grpc-timeout %s", async (timeout, grpcTimeout) => {
  const seen: unknown[] = [];
  const server = await serve({
    [CHECK]: (call) => {
      seen.push(call.headers["grpc-timeout"]);
      call.end(0);
    },
  });
  await run([`-addr=${server.address}`, `-rpc-timeout=${timeout}`], new FakeClock());
  expect(seen).toEqual([grpcTimeout]);
});

test("a response without end is cancelled", async () => {
  const server = await serve({
    [CHECK]: ({ stream }) => {
      stream.respond({ ":status": 200 });
      stream.write(Buffer.alloc(64 << 10));
    },
  });
  expect((await run([`-addr=${server.address}`, "-rpc-timeout=1h"])).code).toBe(3);
});

test("over TLS the probe verifies the certificate with the given CA and server name", async () => {
  const server = createSecureServer({ cert: CERTIFICATE, key: KEY }).on("stream", (stream) => {
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.end(Buffer.from([0, 0, 0, 0, 2, 0x08, 1]));
  });
  const addr = `-addr=127.0.0.1:${await listen(server)}`;
  const folder = mkdtempSync(join(tmpdir(), "probe-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ca = join(folder, "ca.pem");
  writeFileSync(ca, CERTIFICATE);
  expect(await run([addr, "-tls", `-tls-ca-cert=${ca}`, "-tls-server-name=workflow-agent.local"])).toMatchObject({
    code: 0,
  });
  expect(await run([addr, "-tls", `-tls-ca-cert=${ca}`])).toMatchObject({
    code: 2,
    output: expect.stringContaining("127.0.0.1 is not in the cert"),
  });
  expect(await run([addr, "-tls", "-tls-no-verify"])).toMatchObject({ code: 0 });
  expect(await run([addr, "-tls"])).toMatchObject({ code: 2, output: expect.stringContaining("self-signed") });
  expect(await run([addr])).toMatchObject({ code: 2 });
});

test("an http address is probed as a health page", async () => {
  const server = createHttpServer((request, response) =>
    response.writeHead(request.url === "/livez" ? 200 : 503).end(),
  );
  const page = `http://127.0.0.1:${await listen(server)}`;
  expect(await run([`-addr=${page}/livez`])).toEqual({ code: 0, output: "status: SERVING" });
  expect(await run([`-addr=${page}/readyz`])).toEqual({
    code: 4,
    output: `unhealthy: ${page}/readyz answered HTTP 503`,
  });
  expect((await run(["-addr=http://127.0.0.1:1/livez"])).code).toBe(2);
});

test("exit code 1 for a wrong command line, and 0 for help", async () => {
  expect(await run(["-addr"])).toEqual({ code: 1, output: "error: -addr: expected a value" });
  expect(await run(["-h"])).toMatchObject({ code: 0, output: expect.stringMatching(/^Usage: grpc_health_probe/) });
});

test("the program exits with the code, and prints the result to standard error", async () => {
  const server = await serverAnswering(0x08, 2);
  const main = fileURLToPath(new URL("../src/probe/main.ts", import.meta.url));
  const ended = await new Promise<unknown>((resolve) => {
    const args = [
      "--conditions=source",
      main,
      `-addr=${server.address}`,
      "-v",
      "-connect-timeout=10s",
      "-rpc-timeout=10s",
    ];
    const child = execFile(process.execPath, args, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
  expect(ended).toEqual({
    code: 4,
    stdout: "",
    stderr: expect.stringMatching(/^connected in \d+ ms\nanswered in \d+ ms\nunhealthy: \S+ answered NOT_SERVING\n$/),
  });
});
