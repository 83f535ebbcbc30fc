/**
 * A channel's certificates are files that an operator replaces: connections are made again with the new ones before the old ones
 * drain, and files or certificates that do not work leave the channel as it was.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { CertificateAuthority, type IssuedCertificate } from "@agent-team/certificate-authority";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import type { Channel } from "../src/index.ts";
import { Bench } from "./support/bench.ts";
import { BIDI, RecordedCall, send, UNARY } from "./support/calls.ts";
import { Peer } from "./support/hostile-peers.ts";
import { until } from "./support/until.ts";

const NAME = "workflow-agent.local";
const NOW_MS = new FakeClock().wallNow();
const authority = await CertificateAuthority.create("CA", NOW_MS);
const foreign = await CertificateAuthority.create("foreign CA", NOW_MS);
const SERVER = await authority.issue({ name: "server", dnsNames: [NAME] });
const FIRST = await authority.issue({ name: "first" });
const SECOND = await authority.issue({ name: "second" });

/** Echoes over mutual TLS, and records the subject of each client's certificate. A foreign one gets a GOAWAY. */
class MutualPeer implements AsyncDisposable {
  readonly subjects: string[] = [];
  peer: Peer | undefined;

  static async start(): Promise<MutualPeer> {
    const mutual = new MutualPeer();
    const { certificate: cert, key } = SERVER;
    const ca = authority.certificate;
    const server = createSecureServer({ cert, key, ca, requestCert: true, rejectUnauthorized: false });
    server.on("session", (session) => mutual.#didBegin(session));
    server.on("stream", (stream: ServerHttp2Stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.pipe(stream);
    });
    server.on("sessionError", () => {}); // some clients break off
    mutual.peer = await Peer.listen(server, "127.0.0.1");
    return mutual;
  }

  #didBegin(session: ServerHttp2Session): void {
    const socket = session.socket as TLSSocket;
    this.subjects.push(socket.getPeerX509Certificate()?.subject ?? "none");
    if (socket.authorized) return;
    session.goaway(12, 0, Buffer.from("a foreign certificate"));
    session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer?.[Symbol.asyncDispose]();
  }
}

class Files implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "renewal-"));

  write(name: string, text: string): string {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    return path;
  }

  pair({ certificate, key }: IssuedCertificate): { readonly certFile: string; readonly keyFile: string } {
    return { certFile: this.write("cert.pem", certificate), keyFile: this.write("key.pem", key) };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

interface Connected {
  readonly mutual: MutualPeer;
  readonly peer: Peer;
  readonly channel: Channel;
}

async function connected(bench: Bench, files: Files): Promise<Connected> {
  const mutual = await bench.use(MutualPeer.start());
  const { peer } = mutual;
  if (peer === undefined) throw new Error("the peer has not started");
  const tls = { ...files.pair(FIRST), caFile: files.write("ca.pem", authority.certificate) };
  const channel = await bench.connect([peer], { tls, authority: NAME });
  return { mutual, peer, channel };
}

const eventsOf = (bench: Bench, type: string): readonly object[] => bench.events.filter((event) => event.type === type);

test("after new files the channel connects again with them, and a stream on the old connection goes on", async () => {
  using files = new Files();
  await using bench = new Bench();
  const { mutual, peer, channel } = await connected(bench, files);
  const stream = new RecordedCall(channel, BIDI, {});
  stream.call.send(Buffer.from("before"), false);
  stream.call.start();
  await until(() => stream.texts.length === 1, "the stream is open");

  files.pair(SECOND);
  bench.clock.advance(4_000);
  expect(eventsOf(bench, "certificates-renewed")).toHaveLength(1);
  bench.clock.advance(2_000);
  await until(() => eventsOf(bench, "connection-draining").length === 1, "the old connection drains");
  expect(eventsOf(bench, "connection-draining")).toMatchObject([{ reason: "the certificates were renewed" }]);
  expect(mutual.subjects).toEqual(["CN=first", "CN=second"]);
  expect(peer.connections).toBe(2);

  stream.call.send(Buffer.from("after"), true);
  await until(() => stream.hasEnded, "the stream ends");
  expect([stream.error, stream.texts]).toEqual([undefined, ["before", "after"]]);
  await until(() => peer.connections === 1, "the old connection is closed");
  const losses = bench.events.filter((event) => event.type === "connectivity-changed" && event.from === "ready");
  expect(losses).toEqual([]);
});

test("files that cannot be used are an event, and the connection stays", async () => {
  using files = new Files();
  await using bench = new Bench();
  const { peer } = await connected(bench, files);
  const path = files.write("key.pem", SECOND.key);
  bench.clock.advance(20_000);
  expect(eventsOf(bench, "certificates-refused")).toMatchObject([
    { reason: expect.stringContaining(`tls.keyFile=${path}: expected the private key of the certificate`) as string },
  ]);
  expect([peer.accepted, peer.connections]).toEqual([1, 1]);
});

test("a new certificate that the server refuses leaves the old connection, with an event that has the server's reason", async () => {
  using files = new Files();
  await using bench = new Bench();
  const { mutual, channel } = await connected(bench, files);
  files.pair(await foreign.issue({ name: "stranger" }));
  bench.clock.advance(6_000);
  await until(() => eventsOf(bench, "recycle-failed").length > 0, "the new connection is refused");
  expect(eventsOf(bench, "recycle-failed")).toMatchObject([
    { error: { message: expect.stringMatching(/sent GOAWAY 12 a foreign certificate$/) as string } },
  ]);
  const call = send(channel, UNARY, {}, "still here");
  await until(() => call.hasEnded, "the call ends");
  expect([call.error, call.texts]).toEqual([undefined, ["still here"]]);
  expect(mutual.subjects).toEqual(["CN=first", "CN=stranger"]);
  expect(eventsOf(bench, "connection-draining")).toEqual([]);

  // The next try comes with the age of the connection: the operator has put the right files there meanwhile.
  files.pair(SECOND);
  bench.clock.advance(6_000);
  await until(() => mutual.subjects.includes("CN=second"), "the right certificate is used");
  await until(() => eventsOf(bench, "connection-draining").length === 1, "the old connection drains");
});

test("a server certificate that has expired, or is of another CA, is named in the error of the call", async () => {
  const outdated = await authority.issue({ name: "old", dnsNames: [NAME], validUntilMs: NOW_MS - 1_000 });
  for (const [certificate, reason] of [
    [outdated, "the server's certificate is not valid any more (certificate has expired)"],
    [await foreign.issue({ name: "x", dnsNames: [NAME] }), "is not signed by a CA that this client trusts"],
  ] as const) {
    await using bench = new Bench();
    const server = await bench.serve({ tls: { cert: certificate.certificate, key: certificate.key } });
    const channel = bench.open([server], { tls: { ca: authority.certificate }, authority: NAME });
    const call = send(channel, UNARY, {}, "x");
    await bench.passTimeUntil(() => call.hasEnded, "the call ends");
    expect(call.error?.message).toContain(reason);
  }
});
