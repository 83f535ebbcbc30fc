/**
 * Servers with TLS: the certificate must have the name of the authority, and a wrong configuration is an error at the start or of the
 * call.
 */

import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { describe, expect, test } from "vitest";
import { Status, type TlsOptions } from "../src/index.ts";
import { Bench } from "./support/bench.ts";
import { send, UNARY } from "./support/calls.ts";
import { CERTIFICATE, KEY } from "./support/certificate.ts";
import { Peer } from "./support/hostile-peers.ts";

const NAME = "workflow-agent.local";

/** Echoes one unary message over TLS. */
function securePeer(): Promise<Peer> {
  const server = createSecureServer({ cert: CERTIFICATE, key: KEY });
  server.on("stream", (stream: ServerHttp2Stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.pipe(stream);
  });
  server.on("sessionError", () => {}); // some clients do not trust the certificate
  return Peer.listen(server, "127.0.0.1");
}

async function callOver(bench: Bench, peer: Peer, tls: boolean | TlsOptions, authority = NAME) {
  const channel = bench.open([peer], { tls, authority });
  const call = send(channel, UNARY, {}, "secret");
  await bench.passTimeUntil(() => call.hasEnded, "the call ends");
  return call;
}

describe("a server with a trusted certificate", () => {
  test("answers for the name of the authority, whatever its port", async () => {
    await using bench = new Bench();
    const peer = await bench.use(securePeer());
    const call = await callOver(bench, peer, { ca: CERTIFICATE }, `${NAME}:50051`);
    expect(call.error).toBeUndefined();
    expect(call.texts).toEqual(["secret"]);
  });

  test("answers for another authority when its own name is configured", async () => {
    await using bench = new Bench();
    const peer = await bench.use(securePeer());
    const call = await callOver(bench, peer, { ca: CERTIFICATE, serverName: NAME }, "elsewhere.local");
    expect(call.error).toBeUndefined();
  });

  test("is refused for a name that the certificate does not have", async () => {
    await using bench = new Bench();
    const peer = await bench.use(securePeer());
    const call = await callOver(bench, peer, { ca: CERTIFICATE }, "elsewhere.local");
    expect(call.error?.code).toBe(Status.unavailable);
    expect(call.error?.message).toContain("elsewhere.local");
  });
});

test("an untrusted certificate is refused, and the error names the address and the reason", async () => {
  await using bench = new Bench();
  const peer = await bench.use(securePeer());
  const call = await callOver(bench, peer, true);
  expect(call.error?.message).toContain(
    `last error ${peer.address}: the server's certificate is not signed by a CA that this client trusts (self-signed certificate`,
  );
});

test("plaintext to a server that wants TLS is unavailable", async () => {
  await using bench = new Bench();
  const peer = await bench.use(securePeer());
  const call = await callOver(bench, peer, false);
  expect(call.error?.code).toBe(Status.unavailable);
  expect(call.error?.message).toContain(peer.address);
});

test("TLS to a plaintext server is unavailable, and OpenSSL's reason is one line", async () => {
  await using bench = new Bench();
  const server = await bench.serve();
  const channel = bench.open([server], { tls: { ca: CERTIFICATE }, authority: NAME });
  const call = send(channel);
  await bench.passTimeUntil(() => call.hasEnded, "the call ends");
  expect(call.error?.message).toMatch(/^\[unavailable\] .*; last error 127\.0\.0\.1:\d+: .*wrong version number.*\)$/);
});

test("an unreadable certificate is an error of createChannel", async () => {
  await using bench = new Bench();
  expect(() => bench.open([], { tls: { ca: CERTIFICATE, cert: "not PEM", key: KEY } })).toThrow(
    "[invalid_argument] tls.cert: expected a certificate as PEM, but it contains none",
  );
});
