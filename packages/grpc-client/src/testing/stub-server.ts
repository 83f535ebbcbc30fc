/**
 * A gRPC server for tests: real HTTP/2 on a real socket. In: a handler for each path, in bytes. Out: responses, and on request
 * GOAWAY, RST_STREAM or the loss of every connection. It counts its calls, so that a test can assert where calls went.
 */

import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { frameMessage, MessageReader } from "../transport/message-reader.ts";

/** One call, passed to its handler. */
export interface StubCall {
  readonly path: string;
  /** Request headers, pseudo-headers included. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The same in the order of arrival: names and values in turn, one pair for each field. */
  readonly rawHeaders: readonly string[];
  /** Resolves with all request messages when the client has ended its side. */
  readonly request: Promise<readonly Uint8Array[]>;
  /** Receives each request message when it arrives, and first those that have arrived already. */
  onRequest(listener: (message: Uint8Array) => void): void;
  /** Resolves when the stream has closed, with its HTTP/2 error code. */
  readonly closed: Promise<number>;
  /** Sends the response headers. `:status` and `content-type` are always sent. */
  sendHeaders(headers?: Readonly<Record<string, string>>): void;
  /** Sends one message, and the headers before it if they have not been sent. */
  send(message: Uint8Array): void;
  /** Ends with trailers. Default OK. Without a message or headers before it: a trailers-only response. */
  end(status?: number, message?: string, trailers?: Readonly<Record<string, string>>): void;
  /** RST_STREAM with an HTTP/2 error code. */
  reset(errorCode: number): void;
  /** The stream of node:http2. */
  readonly stream: ServerHttp2Stream;
}

/** Answers one call. */
export type StubHandler = (call: StubCall) => void | Promise<void>;

/** Options of `StubServer.start`. */
export interface StubServerOptions {
  /** The certificate chain and key, as PEM: the server speaks TLS. Default: plaintext. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Default 127.0.0.1. Other addresses of 127.0.0.0/8 can stand for other tasks. */
  readonly host?: string | undefined;
  /** Default 0: a free port. */
  readonly port?: number | undefined;
  /** By path; `*` is for every other path. Default: a unary echo. */
  readonly handlers?: Readonly<Record<string, StubHandler>> | undefined;
  readonly maxConcurrentStreams?: number | undefined;
  /** SETTINGS_MAX_HEADER_LIST_SIZE. The server ends streams with larger headers. Default: not announced. */
  readonly maxHeaderListBytes?: number | undefined;
}

/** Answers the first request message with itself. */
export const echo: StubHandler = async (call) => {
  const [message] = await call.request;
  call.send(message ?? new Uint8Array());
  call.end();
};

/** A gRPC server on loopback that counts its calls. */
export class StubServer {
  readonly host: string;
  readonly port: number;
  /** Calls that reached a handler. */
  calls = 0;
  readonly #server: Http2Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();

  private constructor(server: Http2Server | Http2SecureServer, host: string) {
    this.#server = server;
    this.host = host;
    this.port = (server.address() as AddressInfo).port;
    server.on("session", (session: ServerHttp2Session) => this.#track(session));
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Starts to listen. Resolves when it accepts connections. */
  static async start(options: StubServerOptions = {}): Promise<StubServer> {
    const {
      host = "127.0.0.1",
      port = 0,
      handlers = { "*": echo },
      maxConcurrentStreams,
      maxHeaderListBytes,
      tls,
    } = options;
    const settings = {
      ...(maxConcurrentStreams === undefined ? {} : { maxConcurrentStreams }),
      ...(maxHeaderListBytes === undefined ? {} : { maxHeaderListSize: maxHeaderListBytes }),
    };
    const server = tls === undefined ? createServer({ settings }) : createSecureServer({ ...tls, settings });
    server.on("sessionError", () => {}); // a client that breaks off is the client's matter
    const listening = Promise.withResolvers<void>();
    server.once("error", listening.reject);
    server.listen(port, host, listening.resolve);
    await listening.promise;
    const stub = new StubServer(server, host);
    server.on("stream", (stream: ServerHttp2Stream, headers: object, _flags: number, rawHeaders: string[]) => {
      stub.calls++;
      const call = new ServerCall(stream, headers as StubCall["headers"], rawHeaders);
      const handler = handlers[call.path] ?? handlers["*"];
      if (handler === undefined) call.end(12, `no handler for ${call.path}`);
      else void handler(call);
    });
    return stub;
  }

  /** `127.0.0.1:43210` */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  get connections(): number {
    return this.#sessions.size;
  }

  /** Sends GOAWAY on every connection. Without a last stream id all open streams may finish. */
  goaway(errorCode = 0, lastStreamId?: number, debug = ""): void {
    for (const session of this.#sessions) {
      session.goaway(errorCode, lastStreamId ?? 0x7fff_ffff, Buffer.from(debug));
      // Without `close` node:http2's server would stop reading and never notice that the client has gone.
      if (errorCode === 0) session.close();
    }
  }

  /** Destroys every socket at once, as when the process is killed. */
  async kill(): Promise<void> {
    // Before `close`, by which Bun and Deno send GOAWAY on connections that are open.
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Ends gracefully: no new connections, and open streams may finish. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const session of this.#sessions) session.close();
    await closed;
  }

  /** Kills the server if it listens. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.listening ? this.kill() : Promise.resolve();
  }

  #track(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.on("close", () => this.#sessions.delete(session));
    // Tests assert the errors of broken connections at the client.
    session.on("error", () => {});
  }
}

class ServerCall implements StubCall {
  readonly path: string;
  readonly headers: StubCall["headers"];
  readonly rawHeaders: readonly string[];
  readonly stream: ServerHttp2Stream;
  readonly request: Promise<readonly Uint8Array[]>;
  readonly closed: Promise<number>;
  readonly #messages: Uint8Array[] = [];
  readonly #listeners: ((message: Uint8Array) => void)[] = [];

  constructor(stream: ServerHttp2Stream, headers: StubCall["headers"], rawHeaders: readonly string[]) {
    this.stream = stream;
    this.headers = headers;
    this.rawHeaders = rawHeaders;
    this.path = String(headers[":path"]);
    const reader = new MessageReader(1 << 30, { onMessage: (message) => this.#receive(message) });
    reader.encoding = String(headers["grpc-encoding"] ?? "identity");
    stream.on("data", (chunk: Buffer) => reader.push(chunk));
    stream.on("error", () => {});
    this.request = new Promise((resolve) => stream.on("end", () => resolve(this.#messages)));
    this.closed = new Promise((resolve) => stream.on("close", () => resolve(stream.rstCode ?? 0)));
  }

  onRequest(listener: (message: Uint8Array) => void): void {
    this.#listeners.push(listener);
    for (const message of this.#messages) listener(message);
  }

  sendHeaders(headers: Readonly<Record<string, string>> = {}): void {
    if (this.stream.headersSent || this.stream.destroyed) return;
    this.stream.respond({ ":status": 200, "content-type": "application/grpc", ...headers }, { waitForTrailers: true });
  }

  send(message: Uint8Array): void {
    this.sendHeaders();
    if (!this.stream.destroyed) this.stream.write(frameMessage(message));
  }

  end(status = 0, message = "", trailers: Readonly<Record<string, string>> = {}): void {
    if (this.stream.destroyed) return;
    const block = {
      "grpc-status": String(status),
      ...(message === "" ? {} : { "grpc-message": encodeURIComponent(message) }),
      ...trailers,
    };
    if (!this.stream.headersSent) {
      this.stream.respond({ ":status": 200, "content-type": "application/grpc", ...block }, { endStream: true });
      return;
    }
    this.stream.once("wantTrailers", () => this.stream.sendTrailers(block));
    this.stream.end();
  }

  reset(errorCode: number): void {
    this.stream.close(errorCode);
  }

  #receive(message: Uint8Array): void {
    this.#messages.push(message);
    for (const listener of this.#listeners) listener(message);
  }
}
