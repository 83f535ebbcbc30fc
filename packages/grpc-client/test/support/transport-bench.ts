/**
 * For tests of a transport: a fake clock, connections to peers on loopback, and a teardown that fails if a connection leaves a
 * timer or closes other than once.
 */

import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect } from "vitest";
import { Metadata } from "../../src/index.ts";
import type { Stream, StreamHead } from "../../src/stream.ts";
import { StubServer, type StubServerOptions } from "../../src/testing/index.ts";
import type { Connection, CreateTransport } from "../../src/transport.ts";
import { CERTIFICATE, KEY } from "./certificate.ts";
import { type FrameConnection, type FrameScript, framePeer, type Peer } from "./hostile-peers.ts";
import { SAY } from "./loads.ts";
import { RecordingListener, RecordingSink } from "./recorders.ts";

export const CONNECT_TIMEOUT_MS = 3_000;
export const AUTHORITY = "workflow-agent.local:50051";
export const RESPONSE_HEADERS = { ":status": "200", "content-type": "application/grpc" };

const TRUST = { ca: CERTIFICATE, cert: undefined, key: undefined };

type Address = { readonly host: string; readonly port: number };

export interface Opened {
  readonly connection: Connection;
  readonly listener: RecordingListener;
}

export class TransportBench {
  clock: FakeClock = new FakeClock();
  readonly #create: CreateTransport;
  readonly #certificate: { readonly cert: string; readonly key: string } | undefined;
  #opened: Opened[] = [];
  #peers: AsyncDisposable[] = [];

  /** With `tls` the transport and its servers use the certificate of `workflow-agent.local`. */
  constructor(create: CreateTransport, security: "plaintext" | "tls" = "plaintext") {
    this.#create = create;
    this.#certificate = security === "tls" ? { cert: CERTIFICATE, key: KEY } : undefined;
  }

  /** Of the requests' URLs. */
  get scheme(): string {
    return this.#certificate === undefined ? "http" : "https";
  }

  start(): void {
    this.clock = new FakeClock();
    this.#opened = [];
    this.#peers = [];
  }

  async stop(): Promise<void> {
    for (const { connection } of this.#opened) connection.destroy(new Error("the test is over"));
    for (const { listener } of this.#opened) {
      await listener.closed();
      expect(listener.closes, "closes of one connection").toHaveLength(1);
      expect(listener.ready, "times it became ready").toBeLessThanOrEqual(1);
    }
    expect(this.clock.pendingTimers, "timers left").toBe(0);
    for (const peer of this.#peers) await peer[Symbol.asyncDispose]();
  }

  connect({ host, port }: Address): Opened {
    const options = {
      authority: AUTHORITY,
      tls: this.#certificate && { serverName: undefined, texts: TRUST },
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      maxReceiveMessageBytes: 4 << 20,
    };
    const listener = new RecordingListener();
    const connection = this.#create(options, this.clock).connect({ host, port, kind: "task", lane: 0 }, listener);
    this.#opened.push({ connection, listener });
    return { connection, listener };
  }

  async ready(peer: Address): Promise<Opened> {
    const opened = this.connect(peer);
    await opened.listener.becameReady();
    return opened;
  }

  /** A peer that ends with the test. */
  async use<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
    const peer = await starting;
    this.#peers.push(peer);
    return peer;
  }

  /** A gRPC server, and a ready connection to it. */
  async serve(options: StubServerOptions = {}): Promise<Opened & { readonly server: StubServer }> {
    const server = await this.use(StubServer.start({ ...options, tls: this.#certificate }));
    return { ...(await this.ready(server)), server };
  }

  /** A scripted peer, and a ready connection to it. */
  async script(
    onRequest: (connection: FrameConnection, streamId: number) => void,
    rest: Omit<FrameScript, "onRequest"> = {},
  ): Promise<Opened> {
    return await this.ready(await this.frames({ ...rest, onRequest }));
  }

  /** A scripted peer that ends with the test. */
  frames(script: FrameScript): Promise<Peer> {
    return this.use(framePeer(script, "127.0.0.1", this.#certificate));
  }

  /** A peer that answers every stream with the same frames, and a ready connection to it. */
  answering(frames: (streamId: number) => readonly Uint8Array[]): Promise<Opened> {
    return this.script((peer, id) => peer.send(...frames(id)));
  }
}

export interface OpenStream {
  readonly sink: RecordingSink;
  readonly stream: Stream;
}

export const utf8 = (text: string): Uint8Array => Buffer.from(text);

export function head(rest: Partial<StreamHead> = {}): StreamHead {
  return { method: SAY, metadata: Metadata.empty, timeoutMs: 60_000, previousAttempts: 0, ...rest };
}

/** Opens a stream. @throws when the connection does not admit it. */
export function open(connection: Connection, rest: Partial<StreamHead> = {}): OpenStream {
  const sink = new RecordingSink();
  const stream = connection.open(head(rest), sink);
  if (stream === undefined) throw new Error("the connection opened no stream");
  return { sink, stream };
}

/** Opens a stream and sends its one message. */
export function request(connection: Connection, text: string, rest: Partial<StreamHead> = {}): OpenStream {
  const opened = open(connection, rest);
  opened.stream.sendMessage(utf8(text), true);
  return opened;
}
