// Browsers on the port of a gRPC server: CORS, requests that are no calls, drain, limits. The protocols are in e2e/test/web-clients.test.ts.
import { once } from "node:events";
import { Agent } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { CertificateAuthority } from "@agent-team/certificate-authority";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { turns, until } from "@agent-team/test-support/until";
import { create, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ServeOptions, service } from "../src/index.ts";
import { TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { type HttpResponse, RawSocket, send } from "./http-client.ts";
import { closed, RawClient } from "./raw-client.ts";
import { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";
import { TlsFiles } from "./tls-files.ts";

const ORIGIN = "https://app.example.com";
const PROTOCOLS = ["grpc", "grpc-web", "connect"] as const;

/** A preface in two halves is HTTP/2; behind it SETTINGS. */
const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS = "\0\0\0\u0004\0\0\0\0\0";
const HEAD = "POST /test.Echo/Unary HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";

let handled: string[];
let released: PromiseWithResolvers<void>;
let clock: FakeClock;
let server: LoopbackServer;

const handlers = service(Echo, {
  async unary({ value }) {
    handled.push(value);
    if (value === "wait") await released.promise;
    return { value };
  },
});

function serveWeb(
  options: Partial<ServeOptions> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<LoopbackServer> {
  return serveOnLoopback(
    { services: [handlers], protocols: PROTOCOLS, allowedOrigins: [ORIGIN], clock, ...options },
    env,
  );
}

beforeEach(async () => {
  handled = [];
  released = Promise.withResolvers();
  clock = new FakeClock(systemClock.wallNow());
  server = await serveWeb();
});

afterEach(() => server.close());

async function limited(limit: string): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${server.sidePort}/metrics`)).text();
  return Number(new RegExp(`grpc_server_limited_total\\{limit="${limit}"\\} (\\d+)`).exec(metrics)?.[1]);
}

const textOf = ({ body }: HttpResponse): string => body.toString();

describe("pages", () => {
  const preflight = (origin: string): Promise<HttpResponse> =>
    send(server.port, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-mine",
      },
    });

  test("a page of an allowed origin may call, with metadata, and read all of the answer", async () => {
    const { status, headers } = await preflight(ORIGIN);
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "content-type,x-mine",
      vary: "origin, access-control-request-headers",
    });
    const answer = await send(server.port, { headers: { origin: ORIGIN } });
    expect(textOf(answer)).toBe('"hello"');
    expect(answer.headers).toMatchObject({ "access-control-allow-origin": ORIGIN, vary: "origin" });
    expect(answer.headers["access-control-expose-headers"]).toContain("grpc-status");
  });

  test.for(["https://evil.example", "http://app.example.com", "https://app.example.com:8443", "null"])(
    "a page of %s is refused before any handler, and cannot read why",
    async (origin) => {
      for (const { status, headers } of [await preflight(origin), await send(server.port, { headers: { origin } })]) {
        expect(status).toBe(403);
        expect(headers).not.toHaveProperty("access-control-allow-origin");
      }
      expect(handled).toEqual([]);
    },
  );

  test("a client that is no browser needs no origin", async () => {
    expect(textOf(await send(server.port, {}))).toBe('"hello"');
  });
});

describe("a request that is no call is answered", () => {
  test.for([
    ["GET, which a page could send without a preflight", { method: "GET" }, 405],
    ["an unknown method", { path: "/test.Echo/Missing" }, 404],
    ["a content type of neither protocol", { headers: { "content-type": "text/plain" } }, 415],
    ["a host with a space", { headers: { host: "a b" } }, 400],
    ["JSON that is not the message", { body: "{" }, 400],
    ["a path with a query", { path: "/test.Echo/Unar?y" }, 404],
  ] as const)("%s", async ([, init, status]) => {
    expect((await send(server.port, init)).status).toBe(status);
    expect(handled).toEqual([]);
  });

  test("an unknown method of gRPC-Web by its status, which clients read", async () => {
    const headers = { "content-type": "application/grpc-web+proto" };
    const answer = await send(server.port, { path: "/test.Echo/Missing", headers });
    expect([answer.status, answer.headers["grpc-status"]]).toEqual([200, String(Code.Unimplemented)]);
  });

  test("over HTTP/2 in the same way, and gRPC beside it", async () => {
    using client = new RawClient(server.port);
    expect((await client.call("/test.Echo/Unary", { "content-type": "text/plain" })).headers[":status"]).toBe(415);
    expect((await client.call("/test.Echo/Unary", { ":method": "PUT" })).headers[":status"]).toBe(405);
    const foreign = { "content-type": "application/json", origin: "https://evil.example" };
    expect((await client.call("/test.Echo/Unary", foreign)).headers[":status"]).toBe(403);
    using grpc = new TestClient(server.port);
    expect((await grpc.unary(Echo.method.unary, { value: "gRPC" })).response.value).toBe("gRPC");
    expect(handled).toEqual(["gRPC"]);
  });
});

test("application/grpc-web-text is base64, also in segments with padding of their own", async () => {
  const envelope = encodeEnvelope(0, toBinary(StringValueSchema, create(StringValueSchema, { value: "café" })));
  const [a, b] = [envelope.subarray(0, 7), envelope.subarray(7)].map((part) => Buffer.from(part).toString("base64"));
  const init = { headers: { "content-type": "application/grpc-web-text+proto" }, body: `${a}${b}` };
  const { headers, body } = await send(server.port, init);
  expect(headers["content-type"]).toBe("application/grpc-web-text+proto");
  const segments = body.toString().match(/[^=]+=*/g) ?? [];
  const bytes = Buffer.concat(segments.map((segment) => Buffer.from(segment, "base64")));
  expect(bytes.subarray(0, envelope.length)).toEqual(Buffer.from(envelope));
  expect(bytes.subarray(envelope.length + 5).toString()).toContain("grpc-status: 0");

  const garbled = await send(server.port, { ...init, body: `${a}*${b}` });
  const trailers = Buffer.from(garbled.body.toString(), "base64").toString();
  expect(trailers).toContain(`grpc-status: ${Code.InvalidArgument}`);
  expect(handled).toEqual(["café"]);
});

describe("the first bytes of a plaintext connection", () => {
  test("a preface in two halves is HTTP/2", async () => {
    using peer = new RawSocket(server.port, PREFACE.slice(0, 2));
    await turns(20);
    peer.write(PREFACE.slice(2) + SETTINGS);
    const [first] = (await once(peer.socket, "data")) as [Buffer];
    expect(first[3]).toBe(4); // SETTINGS
  });

  test("a method that begins like the preface is HTTP/1.1", async () => {
    using peer = new RawSocket(server.port, "P");
    await turns(20);
    peer.write(`${HEAD.slice(1)}content-length: 3\r\nconnection: close\r\n\r\n"a"`);
    expect(await peer.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*"a"$/);
  });

  test.for([
    ["noise", "\u0000\u00ff\u0013\u0037".repeat(64)],
    ["TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003"],
    ["another preface", "PRI * HTTP/3.0\r\n\r\n"],
    ["a head that is too large", `${HEAD}x-much: ${"x".repeat(20_000)}\r\n\r\n`],
  ] as const)("%s ends the connection, and other clients are served", async ([, bytes]) => {
    using peer = new RawSocket(server.port, bytes);
    await peer.received;
    expect(textOf(await send(server.port, {}))).toBe('"hello"');
  });

  test.for([
    ["no byte", ""],
    ["half a preface", PREFACE.slice(0, 9)],
    ["two bytes of it", "PR"],
    ["half a request", HEAD.slice(0, 14)],
    ["a head without its end", HEAD],
  ] as const)("%s for 10 s ends the connection, and is counted", async ([, bytes]) => {
    using peer = new RawSocket(server.port, bytes);
    await once(peer.socket, "connect");
    await turns(50);
    clock.advance(9_999);
    await turns(20);
    expect(peer.socket.readyState).toBe("open");
    clock.advance(1);
    await peer.received;
    expect(await limited("handshake")).toBe(1);
  });
});

describe("slow clients", () => {
  test("a body that has not come within a minute is DEADLINE_EXCEEDED, and is counted", async () => {
    using peer = new RawSocket(server.port, `${HEAD}content-length: 100\r\n\r\n"`);
    await turns(50);
    for (let second = 0; second < 60; second += 1) {
      clock.advance(1_000);
      peer.write("a");
    }
    const [answer] = (await once(peer.socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("deadline_exceeded");
    expect(await limited("slow-request")).toBe(1);
    clock.advance(10_000); // what is left of the body
    await peer.received;
    expect(handled).toEqual([]);
  });

  test("its own deadline ends a call whose body does not come", async () => {
    using peer = new RawSocket(server.port, `${HEAD}connect-timeout-ms: 500\r\ncontent-length: 100\r\n\r\n"`);
    await turns(50);
    clock.advance(500);
    const [answer] = (await once(peer.socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("deadline_exceeded");
    expect(await limited("slow-request")).toBe(0);
  });

  test("a message above the limit is RESOURCE_EXHAUSTED, and the client gets the answer", async () => {
    const answer = await send(server.port, { body: JSON.stringify("x".repeat(5 * 1024 * 1024)) });
    expect(JSON.parse(textOf(answer))).toMatchObject({ code: "resource_exhausted" });
  });

  test("an idle connection ends after a minute", async () => {
    using peer = new RawSocket(server.port, `${HEAD}content-length: 3\r\n\r\n"a"`);
    await once(peer.socket, "data");
    await turns(50);
    clock.advance(59_999);
    expect(peer.socket.readyState).toBe("open");
    clock.advance(1);
    await peer.received;
  });

  test("requests behind each other are served up to sixteen", async () => {
    const requests = `${HEAD}content-length: 6\r\n\r\n"wait"`.repeat(17);
    using peer = new RawSocket(server.port, requests);
    await peer.received;
    expect(await limited("streams")).toBe(1);
  });
});

describe("the drain", () => {
  test("an answer under way says that the connection closes, and idle ones close", async () => {
    const agent = new Agent({ keepAlive: true });
    await send(server.port, { agent });
    const [idle] = Object.values(agent.freeSockets).flat();
    const waiting = send(server.port, { body: '"wait"' });
    await until(() => handled.includes("wait"), "the handler runs");
    const drained = server.drain();
    clock.advance(0);
    await once(idle ?? expect.fail("the connection was not kept"), "close");
    released.resolve();
    const answer = await waiting;
    expect(textOf(answer)).toBe('"wait"');
    expect(answer.headers.connection).toBe("close");
    await drained;
    agent.destroy();
  });

  test("calls that do not end within the time of the drain are UNAVAILABLE", async () => {
    const waiting = send(server.port, { body: '"wait"' });
    await until(() => handled.includes("wait"), "the handler runs");
    const drained = server.drain();
    clock.advance(0);
    clock.advance(5_000);
    expect(JSON.parse(textOf(await waiting))).toEqual({ code: "unavailable", message: "draining" });
    await drained;
  });

  test("an old connection is closed behind its next answer", async () => {
    const agent = new Agent({ keepAlive: true });
    const waiting = send(server.port, { body: '"wait"', agent });
    await until(() => handled.includes("wait"), "the handler runs");
    clock.advance(331_000); // 5 minutes and the spread
    released.resolve();
    expect((await waiting).headers.connection).toBe("close");
    agent.destroy();
  });
});

test("as many calls as GRPC_MAX_CALLS allows are served, and one more is RESOURCE_EXHAUSTED", async () => {
  await using small = await serveWeb({}, { GRPC_MAX_CALLS: "1" });
  const waiting = send(small.port, { body: '"wait"' });
  await until(() => handled.includes("wait"), "the handler runs");
  const { status, headers, body } = await send(small.port, {});
  expect([status, JSON.parse(body.toString())]).toMatchObject([429, { code: "resource_exhausted" }]);
  expect(Number(headers["grpc-retry-pushback-ms"])).toBeGreaterThan(0);
  released.resolve();
  expect((await waiting).status).toBe(200);
});

test("a call without the caller's identity is UNAUTHENTICATED", async () => {
  await using strict = await serveWeb({}, { IDENTITY_SECRET: "a-secret-of-32-bytes-or-even-more!" });
  const { status, body } = await send(strict.port, {});
  expect([status, JSON.parse(body.toString())]).toMatchObject([401, { code: "unauthenticated" }]);
  expect(handled).toEqual([]);
});

describe("TLS", () => {
  test.for([
    ["h2", "h2"],
    ["http/1.1", "http/1.1"],
    [undefined, false],
  ] as const)("a client that asks for %s by ALPN gets it", async ([asked, got]) => {
    using files = new TlsFiles();
    const authority = await CertificateAuthority.create("test CA", systemClock.wallNow());
    const variables = files.serverVariables(await authority.issue({ name: "server", ipAddresses: ["127.0.0.1"] }));
    await using secure = await serveWeb({}, variables);
    const ALPNProtocols = asked === undefined ? [] : [asked];
    const socket = connectTls({ port: secure.port, host: "127.0.0.1", ca: authority.certificate, ALPNProtocols });
    await once(socket, "secureConnect");
    expect(socket.alpnProtocol).toBe(got);
    if (got === "h2") {
      const session = connectHttp2(`https://127.0.0.1:${secure.port}`, { createConnection: () => socket });
      await once(session, "remoteSettings");
      session.destroy();
      return;
    }
    socket.write(`${HEAD}content-length: 3\r\nconnection: close\r\n\r\n"a"`);
    expect(await text(socket)).toContain('"a"');
  });

  test("a client without the certificate that mutual TLS requires is refused with the reason", async () => {
    using files = new TlsFiles();
    const authority = await CertificateAuthority.create("test CA", systemClock.wallNow());
    const issued = await authority.issue({ name: "server", ipAddresses: ["127.0.0.1"] });
    await using mutual = await serveWeb({}, files.serverVariables(issued, authority.certificate));
    const socket = connectTls({ port: mutual.port, host: "127.0.0.1", ca: authority.certificate });
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*requires a client certificate/);
  });
});

test.for([
  [{ protocols: ["connect"] }, 'protocols: expected "grpc" among them, which health checks of the port need'],
  [{ protocols: ["grpc", "soap"] }, 'protocols: expected grpc, grpc-web, connect, got "soap"'],
  [{ protocols: ["grpc"] }, 'allowedOrigins: expected "grpc-web" or "connect" in protocols, too'],
  [
    { allowedOrigins: ["https://app.example.com/"] },
    'allowedOrigins[0]: expected an origin without a path, such as https://app.example.com, got "https://app.example.com/"',
  ],
] as const)("options that cannot hold are refused: %j", async ([options, message]) => {
  await expect(serveWeb(options as Partial<ServeOptions>)).rejects.toThrow(message);
});

test("without these protocols the port is HTTP/2 for gRPC alone", async () => {
  await using plain = await serveOnLoopback({ services: [handlers], clock });
  using client = new RawClient(plain.port);
  expect((await client.call("/test.Echo/Unary", { "content-type": "application/json" })).headers[":status"]).toBe(415);
  using peer = new RawSocket(plain.port, `${HEAD}\r\n`);
  expect(await peer.received).not.toContain("HTTP/1.1");
  const stream = client.open("/test.Echo/Unary", { ":method": "OPTIONS", origin: ORIGIN });
  stream.end();
  await closed(stream);
  expect(handled).toEqual([]);
});
