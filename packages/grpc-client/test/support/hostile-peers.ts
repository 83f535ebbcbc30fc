/**
 * Peers that accept a connection and are not gRPC servers, or break the protocol. Each is a real listener on loopback and counts
 * its connections.
 */

import * as http from "node:http";
import * as net from "node:net";
import * as tls from "node:tls";
import { seededRandom } from "@agent-team/foundation/random";
import { FrameFlag, FrameType, pingFrame, settingsAckFrame, settingsFrame } from "@agent-team/http2";
import { FrameReader } from "./frames.ts";

export class Peer implements AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** Connections it has accepted so far. */
  accepted = 0;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  private constructor(server: net.Server, host: string, port: number) {
    this.#server = server;
    this.host = host;
    this.port = port;
  }

  static async listen(server: net.Server, host: string): Promise<Peer> {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, host, resolve);
    });
    const peer = new Peer(server, host, (server.address() as net.AddressInfo).port);
    server.on("connection", (socket: net.Socket) => peer.#track(socket));
    return peer;
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Refuses new connections. Open ones stay. */
  stopListening(): void {
    this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #track(socket: net.Socket): void {
    this.accepted++;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {}); // these peers provoke resets
  }
}

/** Accepts, reads, and never writes. */
export function silentPeer(host = "127.0.0.1"): Promise<Peer> {
  return Peer.listen(
    net.createServer((socket) => socket.resume()),
    host,
  );
}

/** A web server without HTTP/2. */
export function http1Peer(host = "127.0.0.1"): Promise<Peer> {
  return Peer.listen(
    http.createServer((_, response) => response.end("hello")),
    host,
  );
}

/** Answers with 4 KiB of pseudo-random bytes, the same each time. */
export function garbagePeer(host = "127.0.0.1"): Promise<Peer> {
  const random = seededRandom(42);
  const noise = Buffer.from(Array.from({ length: 4_096 }, () => (random() * 256) | 0));
  return Peer.listen(
    net.createServer((socket) => socket.write(noise)),
    host,
  );
}

/** An address without a listener. It was bound a moment ago, so no other test uses it. */
export async function refusingAddress(host = "127.0.0.1"): Promise<{ readonly host: string; readonly port: number }> {
  const peer = await silentPeer(host);
  await peer[Symbol.asyncDispose]();
  return { host: peer.host, port: peer.port };
}

/** One connection of a scripted peer. */
export interface FrameConnection {
  send(...frames: readonly Uint8Array[]): void;
  /** Sends FIN after the frames sent so far. */
  end(): void;
  /** Ids of the request streams so far, in order of their HEADERS. */
  readonly streams: readonly number[];
  /** The client's SETTINGS, by RFC 9113's id. */
  readonly settings: ReadonlyMap<number, number>;
}

export interface FrameScript {
  /** Called when the client connects. Default: an empty SETTINGS frame. */
  readonly onConnect?: (connection: FrameConnection) => void;
  /** Called for each request's HEADERS. */
  readonly onRequest?: (connection: FrameConnection, streamId: number) => void;
  /** Whether it acknowledges PINGs. Default true. */
  readonly acksPings?: boolean;
  /** Keeps its side of the connection open when the client has closed the other. Default false. */
  readonly neverEnds?: boolean;
}

/** A certificate and its key as PEM, for a peer that speaks TLS. */
export interface PeerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An HTTP/2 peer that follows a script, in plaintext unless it has a certificate. It acknowledges SETTINGS and PING by itself. */
export function framePeer(script: FrameScript, host = "127.0.0.1", certificate?: PeerCertificate): Promise<Peer> {
  const allowHalfOpen = script.neverEnds ?? false;
  const speak = (socket: net.Socket): void => speakFrames(socket, script);
  const server =
    certificate === undefined
      ? net.createServer({ allowHalfOpen }, speak)
      : tls.createServer({ ...certificate, allowHalfOpen, ALPNProtocols: ["h2"] }, (socket) => {
          socket.on("error", () => {}); // some clients break off
          speak(socket);
        });
  return Peer.listen(server, host);
}

function speakFrames(socket: net.Socket, script: FrameScript): void {
  const streams: number[] = [];
  const settings = new Map<number, number>();
  /** RFC 9113 3.4: SETTINGS is the first frame of each side, so an acknowledgement waits for the script's first frame. */
  let owed: Uint8Array[] | undefined = [];
  const connection: FrameConnection = {
    streams,
    settings,
    send: (...frames) => {
      socket.write(Buffer.concat([...frames, ...(owed ?? [])]));
      owed = undefined;
    },
    end: () => void socket.end(),
  };
  const reader = new FrameReader();
  (script.onConnect ?? (({ send }) => send(settingsFrame())))(connection);
  socket.on("data", (chunk: Buffer) => {
    for (const { type, flags, streamId, payload } of reader.push(chunk)) {
      const isAck = (flags & FrameFlag.ack) !== 0;
      if (type === FrameType.settings && !isAck) {
        for (let at = 0; at < payload.length; at += 6)
          settings.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
        if (owed === undefined) connection.send(settingsAckFrame());
        else owed.push(settingsAckFrame());
      }
      if (type === FrameType.ping && !isAck && script.acksPings !== false)
        connection.send(pingFrame(payload, { ack: true }));
      else if (type === FrameType.headers) {
        streams.push(streamId);
        script.onRequest?.(connection, streamId);
      }
    }
  });
}
