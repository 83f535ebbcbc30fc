/**
 * A server with TLS: an operator gives it certificates, clients find out whether they are accepted, handlers read the client's
 * names, and certificates are replaced while calls run.
 */

import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { CertificateAuthority, type IssuedCertificate } from "@agent-team/certificate-authority";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { credentials } from "@grpc/grpc-js";
import { describe, expect, test } from "vitest";
import { identityOf, type PeerCertificate, peerCertificateOf, service } from "../src/index.ts";
import { messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";
import { TlsFiles } from "./tls-files.ts";

const NOW_MS = systemClock.wallNow();
const DAY_MS = 86_400_000;
const authority = await CertificateAuthority.create("test CA", NOW_MS);
const foreign = await CertificateAuthority.create("foreign CA", NOW_MS);
const SERVER = await authority.issue({ name: "server", ipAddresses: ["127.0.0.1"] });
const CLIENT = await authority.issue({
  name: "api-gateway",
  dnsNames: ["api-gateway.local"],
  uris: ["spiffe://test/api-gateway", "spiffe://test/a, b"],
});

const echo = service(Echo, { unary: (request) => request });

function clientOf(port: number, own?: IssuedCertificate): TestClient {
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return new TestClient(
    port,
    {},
    credentials.createSsl(Buffer.from(authority.certificate), pem(own?.key), pem(own?.certificate)),
  );
}

async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", ca: authority.certificate, ALPNProtocols: ["h2"], ...options });
  await once(socket, "secureConnect");
  return socket;
}

/** Makes a call, and resolves with the GOAWAY that the server sends, when the connection has closed. */
async function goawayOf(port: number, own?: IssuedCertificate): Promise<readonly [number, number, string]> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    ca: authority.certificate,
    ...(own === undefined ? {} : { cert: own.certificate, key: own.key }),
  });
  session.on("error", () => {}); // its code is that of the GOAWAY
  const goaway = Promise.withResolvers<readonly [number, number, string]>();
  session.on("goaway", (code, lastStreamId, debug) => goaway.resolve([code, lastStreamId, String(debug)]));
  const closed = new Promise((resolve) => session.once("close", resolve));
  const path = "/test.Echo/Unary";
  const request = session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
  });
  request.on("error", () => {});
  request.end(Buffer.alloc(5)); // an empty message
  await closed;
  return await goaway.promise;
}

describe("a server with a certificate", () => {
  test("answers over TLS, and its log says so", async () => {
    using files = new TlsFiles();
    await using server = await serveOnLoopback({ services: [echo] }, files.serverVariables(SERVER));
    using client = clientOf(server.port);
    expect((await client.unary(Echo.method.unary, { value: "over TLS" })).response.value).toBe("over TLS");
    expect(server.log.find(({ msg }) => msg === "serving")).toMatchObject({ tls: "server" });
  });

  test("takes PEM texts in variables, as ECS passes secrets", async () => {
    const env = { TLS_CERT: SERVER.certificate, TLS_KEY: SERVER.key };
    await using server = await serveOnLoopback({ services: [echo] }, env);
    using client = clientOf(server.port);
    expect((await client.unary(Echo.method.unary, { value: "x" })).response.value).toBe("x");
  });

  test("offers TLS 1.2 and 1.3, and no other protocol than h2", async () => {
    using files = new TlsFiles();
    await using server = await serveOnLoopback({ services: [echo] }, files.serverVariables(SERVER));
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = await handshake(server.port, { minVersion: version, maxVersion: version });
      expect([socket.getProtocol(), socket.alpnProtocol]).toEqual([version, "h2"]);
      socket.destroy();
    }
    // OpenSSL's security level 0 admits TLS 1.1 on this side.
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" } as const;
    await expect(handshake(server.port, old)).rejects.toThrow(/protocol version/);
    await expect(handshake(server.port, { ALPNProtocols: ["http/1.1"] })).rejects.toThrow(/no application protocol/);
  });

  test("closes the connections of plaintext peers and of peers without ALPN, and serves others", async () => {
    using files = new TlsFiles();
    await using server = await serveOnLoopback({ services: [echo] }, files.serverVariables(SERVER));
    const plain = connectTcp(server.port, "127.0.0.1").resume();
    plain.on("error", () => {}); // a reset is an end, too
    plain.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    await once(plain, "close");
    const without = await handshake(server.port, { ALPNProtocols: [] });
    without.on("error", () => {});
    await once(without.resume(), "close");
    using client = clientOf(server.port);
    expect((await client.unary(Echo.method.unary, { value: "served" })).response.value).toBe("served");
  });

  test("drains while a peer has not finished its handshake", async () => {
    using files = new TlsFiles();
    const env = { ...files.serverVariables(SERVER), STOP_TIMEOUT_MS: "6000", LAME_DUCK_QUIET_MS: "0" };
    const clock = new FakeClock(NOW_MS);
    await using server = await serveOnLoopback({ services: [echo], clock }, env);
    const silent = connectTcp(server.port, "127.0.0.1");
    silent.on("error", () => {});
    await once(silent, "connect");
    const drained = server.drain();
    await clock.advanceAsync(6_000);
    await drained;
    silent.destroy();
  });
});

describe("mutual TLS", () => {
  test("handlers read the names of the client's certificate", async () => {
    let seen: PeerCertificate | undefined;
    let subject = "";
    const reading = service(Echo, {
      unary(request, context) {
        seen = peerCertificateOf(context);
        subject = identityOf(context).subject;
        return request;
      },
    });
    using files = new TlsFiles();
    await using server = await serveOnLoopback(
      { services: [reading] },
      files.serverVariables(SERVER, authority.certificate),
    );
    using client = clientOf(server.port, CLIENT);
    await client.unary(Echo.method.unary, { value: "x" });
    expect(seen).toEqual({
      subject: "CN=api-gateway",
      dnsNames: ["api-gateway.local"],
      uris: ["spiffe://test/api-gateway", "spiffe://test/a, b"],
      fingerprint: expect.stringMatching(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/) as string,
    });
    expect(subject).toBe("local");
  });

  test("without mutual TLS a handler reads no certificate", async () => {
    let seen: unknown = "unset";
    const reading = service(Echo, {
      unary(request, context) {
        seen = peerCertificateOf(context);
        return request;
      },
    });
    using files = new TlsFiles();
    await using server = await serveOnLoopback({ services: [reading] }, files.serverVariables(SERVER));
    using client = clientOf(server.port, CLIENT);
    await client.unary(Echo.method.unary, { value: "x" });
    expect(seen).toBeUndefined();
  });

  test.each<[string, () => Promise<IssuedCertificate | undefined>, string]>([
    ["no", () => Promise.resolve(undefined), "this server requires a client certificate, and the client sent none"],
    [
      "a foreign",
      () => foreign.issue({ name: "stranger" }),
      "the client certificate of CN=stranger is not signed by a CA that this server trusts",
    ],
    [
      "an expired",
      () => authority.issue({ name: "old", validFromMs: NOW_MS - 2 * DAY_MS, validUntilMs: NOW_MS - DAY_MS }),
      "the client certificate of CN=old has expired",
    ],
  ])(
    "a client with %s certificate is refused in words, no call reaches a handler, and one log line names it",
    async (_, own, reason) => {
      let calls = 0;
      const counting = service(Echo, {
        unary(request) {
          calls += 1;
          return request;
        },
      });
      using files = new TlsFiles();
      await using server = await serveOnLoopback(
        { services: [counting] },
        files.serverVariables(SERVER, authority.certificate),
      );
      const certificate = await own();
      expect(await goawayOf(server.port, certificate)).toEqual([12, 0, reason]);
      expect(calls).toBe(0);
      expect(server.log.filter(({ msg }) => msg === "a connection was refused")).toMatchObject([
        { level: "warn", reason },
      ]);
    },
  );
});

describe("replaced files", () => {
  test("new connections get the new certificate within 4 s, and open calls go on", async () => {
    using files = new TlsFiles();
    const clock = new FakeClock(NOW_MS);
    const released = Promise.withResolvers<void>();
    const streaming = service(Echo, {
      async *serverStream() {
        yield { value: "before" };
        await released.promise;
        yield { value: "after" };
      },
    });
    await using server = await serveOnLoopback({ services: [streaming], clock }, files.serverVariables(SERVER));
    using client = clientOf(server.port);
    const stream = messagesOf(client.serverStream(Echo.method.serverStream, { value: "x" }));
    expect((await nextOf(stream)).value).toBe("before");

    files.serverVariables(await authority.issue({ name: "renewed", ipAddresses: ["127.0.0.1"] }));
    clock.advance(4_000);
    const socket = await handshake(server.port);
    expect(socket.getPeerCertificate().subject.CN).toBe("renewed");
    socket.destroy();
    expect(server.log.some(({ msg }) => msg === "certificates replaced")).toBe(true);
    released.resolve();
    expect((await nextOf(stream)).value).toBe("after");
  });

  test("a client CA that is no longer trusted loses its new connections", async () => {
    using files = new TlsFiles();
    const clock = new FakeClock(NOW_MS);
    const variables = files.serverVariables(SERVER, authority.certificate);
    await using server = await serveOnLoopback({ services: [echo], clock }, variables);
    files.serverVariables(SERVER, foreign.certificate);
    clock.advance(4_000);
    const [, , debug] = await goawayOf(server.port, CLIENT);
    expect(debug).toContain("is not signed by a CA that this server trusts");
  });

  test("files that cannot be used are an error line, and the old certificate stays", async () => {
    using files = new TlsFiles();
    const clock = new FakeClock(NOW_MS);
    await using server = await serveOnLoopback({ services: [echo], clock }, files.serverVariables(SERVER));
    const path = files.write("key.pem", CLIENT.key);
    clock.advance(10_000);
    expect(server.log.filter(({ level }) => level === "error")).toMatchObject([
      {
        msg: "changed certificates cannot be used: the old ones stay in use",
        reason: expect.stringMatching(`TLS_KEY_FILE=${path}: .* not the key of the certificate of CN=server`) as string,
      },
    ]);
    using client = clientOf(server.port);
    expect((await client.unary(Echo.method.unary, { value: "served" })).response.value).toBe("served");
  });
});

describe("at the start", () => {
  async function startError(env: Readonly<Record<string, string>>): Promise<string> {
    try {
      await using _ = await serveOnLoopback({ services: [echo] }, env);
      return "the server started";
    } catch (error) {
      return String(error);
    }
  }

  test("a wrong certificate or key is one line that names the variable, the file and the fault", async () => {
    using files = new TlsFiles();
    const good = files.serverVariables(SERVER);
    const missing = { ...good, TLS_CERT_FILE: "/nowhere/cert.pem" };
    expect(await startError(missing)).toBe(
      "ConfigError: TLS_CERT_FILE=/nowhere/cert.pem: expected a PEM file, but there is no such file",
    );
    const other = { ...good, TLS_KEY_FILE: files.write("other.pem", CLIENT.key) };
    expect(await startError(other)).toMatch(
      /TLS_KEY_FILE=.*other\.pem: .*it is not the key of the certificate of CN=server/,
    );
    const old = await authority.issue({ name: "old", validFromMs: NOW_MS - 2 * DAY_MS, validUntilMs: NOW_MS - DAY_MS });
    expect(await startError(files.serverVariables(old))).toMatch(/TLS_CERT_FILE=.*: .*CN=old expired at/);
    expect(await startError({ TLS_CERT: "not PEM", TLS_KEY: SERVER.key })).toBe(
      "ConfigError: TLS_CERT: expected a certificate as PEM, but it contains none",
    );
  });

  test("half a configuration is one line", async () => {
    using files = new TlsFiles();
    const good = files.serverVariables(SERVER, authority.certificate);
    const { TLS_CERT_FILE = "", TLS_CLIENT_CA_FILE = "" } = good;
    expect(await startError({ TLS_CERT_FILE })).toMatch(
      /^ConfigError: TLS_KEY_FILE is not set: expected the private key/,
    );
    expect(await startError({ TLS_CLIENT_CA_FILE })).toBe(
      "ConfigError: TLS_CLIENT_CA_FILE is set without TLS_CERT_FILE and TLS_KEY_FILE: expected all three, or none for plaintext",
    );
    expect(await startError({ ...good, TLS_CERT: SERVER.certificate })).toBe(
      "ConfigError: TLS_CERT_FILE and TLS_CERT are set: expected one of them",
    );
  });
});
