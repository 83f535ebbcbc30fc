/** Servers under test on loopback, and the clients that talk to them. Teardown fails if a connection closed other than once. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { until } from "@agent-team/test-support/until";
import { expect } from "vitest";
import { CONNECTION_PREFACE, settingsFrame } from "../../src/build-frame.ts";
import {
  ServerConnection,
  type ServerConnectionOptions,
  type ServerLimit,
  type ServerListener,
} from "../../src/connection/server-connection.ts";
import type { Http2Stream } from "../../src/connection/stream.ts";
import type { StreamAbort } from "../../src/connection/stream-listener.ts";
import type { RequestHead } from "../../src/request-rules.ts";
import { type FrameConnection, speakFrames } from "./frame-peer.ts";
import { RecordingConnection, RecordingStream } from "./recorders.ts";

/** A request that has come, with what came of it. */
export interface Request {
  readonly stream: Http2Stream;
  readonly head: RequestHead;
  readonly events: RecordingStream;
}

/** A request may be cancelled after it has come whole. */
class RecordingRequest extends RecordingStream {
  override onAbort(abort: StreamAbort): void {
    if (this.abort !== undefined) throw new Error("the stream was aborted twice");
    this.abort = abort;
  }
}

export class RecordingServer extends RecordingConnection implements ServerListener {
  readonly requests: Request[] = [];
  readonly limits: ServerLimit[] = [];
  readonly socket: Socket;
  readonly connection: ServerConnection;
  readonly #onRequest: (request: Request) => void;

  constructor(socket: Socket, options: ServerConnectionOptions, onRequest: (request: Request) => void) {
    super();
    this.socket = socket;
    this.#onRequest = onRequest;
    this.connection = new ServerConnection(socket, options, this);
  }

  onRequest(stream: Http2Stream, head: RequestHead): RecordingStream {
    const request = { stream, head, events: new RecordingRequest() };
    this.requests.push(request);
    this.#onRequest(request);
    return request.events;
  }

  onLimit(limit: ServerLimit): void {
    this.limits.push(limit);
  }

  /** The request on this stream. Waits for it. */
  async request(id: number): Promise<Request> {
    const find = (): Request | undefined => this.requests.find(({ stream }) => stream.id === id);
    await until(() => find() !== undefined, `the request on stream ${id} comes`);
    return find() as Request;
  }
}

export class Servers {
  /** Time for `ConnectionOptions.now`: it stands still unless a test moves it. */
  nowMs = 0;
  readonly servers: RecordingServer[] = [];
  readonly #listening: Server[] = [];
  readonly #sockets: Socket[] = [];

  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.connection.destroy();
      await server.closed();
      expect(server.connection.openStreams, "streams left").toBe(0);
    }
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#listening) await new Promise((resolve) => server.close(resolve));
    this.servers.length = 0;
    this.#sockets.length = 0;
    this.#listening.length = 0;
  }

  /** The port of a server, whose connections go to `servers`. */
  async listen(
    onRequest: (request: Request) => void = () => {},
    options: Partial<ServerConnectionOptions> = {},
  ): Promise<number> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.servers.push(new RecordingServer(socket, { now: () => this.nowMs, ...options }, onRequest));
    });
    this.#listening.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  async socket(port: number): Promise<Socket> {
    const before = this.servers.length;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#sockets.push(socket);
    await until(() => this.servers.length > before, "the server accepts");
    return socket;
  }

  /** A server and a client that sends what the test tells it. It has sent nothing. */
  async silent(options: Partial<ServerConnectionOptions> = {}): Promise<ServerAndPeer> {
    const port = await this.listen(undefined, options);
    const peer = speakFrames(await this.socket(port), 0);
    return { server: this.servers.at(-1) as RecordingServer, peer };
  }

  /** As `silent`, and the prefaces have been exchanged. */
  async withPeer(options: Partial<ServerConnectionOptions> = {}): Promise<ServerAndPeer> {
    const opened = await this.silent(options);
    opened.peer.send(CONNECTION_PREFACE, settingsFrame());
    await until(() => opened.server.settings > 0, "SETTINGS come");
    return opened;
  }
}

export interface ServerAndPeer {
  readonly server: RecordingServer;
  readonly peer: FrameConnection;
}

/** Answers each request at its end by its own text and the field `x-echo`. */
export function echo({ stream, head, events }: Request): void {
  events.onEnd = function onEnd(this: RecordingStream): void {
    stream.respond([[":status", "200"]], undefined, false);
    stream.send(Buffer.from(this.text), false);
    stream.sendTrailers([["x-path", head.path]], undefined);
    this.ended = true;
  };
}
