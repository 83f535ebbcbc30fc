/** Clients under test, and the servers that they talk to, on loopback. Teardown fails if a connection closed other than once. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { until } from "@agent-team/test-support/until";
import { expect } from "vitest";
import { ClientConnection, type ClientConnectionOptions } from "../../src/connection/client-connection.ts";
import type { Http2Stream } from "../../src/connection/stream.ts";
import type { HeaderField } from "../../src/hpack/header-field.ts";
import { SharedReads } from "../../src/read/shared-reads.ts";
import { type FrameConnection, speakFrames } from "./frame-peer.ts";
import { RecordingConnection, RecordingStream } from "./recorders.ts";

const REQUEST: readonly HeaderField[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":authority", "test"],
  [":path", "/a.B/C"],
];

export interface Client {
  readonly connection: ClientConnection;
  readonly listener: RecordingConnection;
  readonly socket: Socket;
  readonly reads: SharedReads;
}

export interface Opened {
  readonly stream: Http2Stream;
  readonly events: RecordingStream;
}

export class Clients {
  /** Time for `ConnectionOptions.now`: it stands still unless a test moves it. */
  nowMs = 0;
  readonly #clients: Client[] = [];
  readonly #servers: Server[] = [];
  readonly #sockets: Socket[] = [];

  async stop(): Promise<void> {
    for (const { connection, listener } of this.#clients) {
      connection.destroy();
      await listener.closed();
      expect(connection.openStreams, "streams left").toBe(0);
    }
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) await new Promise((resolve) => server.close(resolve));
    this.#clients.length = 0;
    this.#sockets.length = 0;
    this.#servers.length = 0;
  }

  /** Destroys the servers' sockets, as when their processes are killed. */
  killServers(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The port of a server that ends with the test. */
  async listen(server: Server): Promise<number> {
    this.#servers.push(server);
    server.on("connection", (socket: Socket) => this.#sockets.push(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  connect(port: number, options: Partial<ClientConnectionOptions> = {}): Client {
    const listener = new RecordingConnection();
    const reads = new SharedReads();
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: reads.onread });
    const connection = new ClientConnection(socket, { now: () => this.nowMs, reads, ...options }, listener);
    const client = { connection, listener, socket, reads };
    this.#clients.push(client);
    return client;
  }

  async ready(port: number, options: Partial<ClientConnectionOptions> = {}): Promise<Client> {
    const client = this.connect(port, options);
    await until(() => client.listener.settings > 0, "SETTINGS come");
    return client;
  }

  /** A client of a peer that sends what the test tells it. */
  async withPeer(options: Partial<ClientConnectionOptions> = {}): Promise<Client & { readonly peer: FrameConnection }> {
    let peer: FrameConnection | undefined;
    const port = await this.listen(
      createServer((socket) => {
        peer = speakFrames(socket);
      }),
    );
    const client = this.connect(port, options);
    await until(() => peer !== undefined, "the peer accepts");
    return { ...client, peer: peer as FrameConnection };
  }
}

/** Opens a stream. @throws when there is no room. */
export function open({ connection }: Client, more: readonly HeaderField[] = []): Opened {
  const events = new RecordingStream();
  const stream = connection.open(connection.prepare(REQUEST), more, events);
  if (stream === undefined) throw new Error("no stream was opened");
  return { stream, events };
}

/** Opens a stream and ends its sending side with this text. */
export function request(client: Client, text = "", more: readonly HeaderField[] = []): Opened {
  const opened = open(client, more);
  opened.stream.send(Buffer.from(text), true);
  return opened;
}
