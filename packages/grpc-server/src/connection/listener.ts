import type {
  Http2SecureServer,
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type BindAddress, bind } from "../bind.ts";
import { refusalOf, refuse } from "./client-certificate.ts";
import { limitAge } from "./connection-age.ts";
import { createHttp2Server, createSecureHttp2Server, type TlsOptions } from "./http2-server.ts";
import { ResetBudget } from "./reset-budget.ts";

/**
 * Time for a peer to close a connection after our last byte. A client closes within a round trip; a peer that never reads
 * its socket would delay the end of the process.
 */
const LINGER_MS = 1_000;

/** A connection that begins after `goAway()` gets its GOAWAY after this time, which its first calls need. */
const LATE_GOAWAY_MS = 1_000;

export interface ListenerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Gets each stream that a client opens, with the reset budget of its connection. */
  readonly onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, resets: ResetBudget) => void;
  /** Default: plaintext. */
  readonly tls?: TlsOptions | undefined;
  /** Receives why a client's connection was refused, or why its handshake failed. */
  readonly onRefused?: ((reason: Refusal) => void) | undefined;
}

/** A TLS connection that gets no calls. */
export type Refusal =
  | { readonly kind: "client-certificate"; readonly reason: string }
  | { readonly kind: "handshake"; readonly error: Error };

/**
 * The listening socket and its connections. Sockets come in; streams go out, to `onStream`. GOAWAY and the end of listening
 * are separate steps: a server that drains sends GOAWAY while it still accepts connections of clients that have stale DNS.
 *
 * Each connection gets one GOAWAY, where RFC 9113 6.8 recommends two: nghttp2 ignores every stream that opens after the
 * first. A call that was on the wire then is above the last stream id, and safe to repeat on another server.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #http2: Http2Server | Http2SecureServer;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();
  readonly #disconnected = Promise.withResolvers<void>();
  #onConnection: () => void = () => {};
  #isLeaving = false;
  #isListening = true;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#http2 = options.tls === undefined ? createHttp2Server() : this.#createSecureServer(options.tls);
    this.#http2.on("connection", (socket: Socket) => this.#didAccept(socket));
    this.#http2.on("session", (session: ServerHttp2Session) => this.#didBegin(session));
  }

  #createSecureServer(tls: TlsOptions): Http2SecureServer {
    const server = createSecureHttp2Server(tls);
    // TLS takes over the handle of the accepted socket, so the end of our bytes shows on the TLS socket alone.
    server.on("secureConnection", (socket) => this.#limitLinger(socket));
    server.on("tlsClientError", (error) => this.#options.onRefused?.({ kind: "handshake", error }));
    return server;
  }

  /** @throws ConfigError when the server cannot listen on the address */
  listen(address: BindAddress, onAcceptError: (error: Error) => void): Promise<number> {
    return bind(this.#http2, address, onAcceptError);
  }

  /** Serves a connection that another server has accepted. */
  accept(socket: Socket): void {
    this.#http2.emit("connection", socket);
  }

  /** New connections get these certificates; open ones keep theirs. Without effect on plaintext. */
  renew(context: SecureContextOptions): void {
    if ("setSecureContext" in this.#http2) this.#http2.setSecureContext(context);
  }

  /** Calls `listener` for each connection from now on. */
  onConnection(listener: () => void): void {
    this.#onConnection = listener;
  }

  goAway(): void {
    this.#isLeaving = true;
    this.#closeSessions();
  }

  stopListening(): void {
    this.#isListening = false;
    this.#http2.close();
    this.#closeSessions();
    this.#resolveIfDisconnected();
  }

  /** Resolves when listening has ended and no connection is left. */
  disconnected(): Promise<void> {
    return this.#disconnected.promise;
  }

  disconnect(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #didAccept(socket: Socket): void {
    this.#sockets.add(socket);
    this.#limitLinger(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#resolveIfDisconnected();
    });
    this.#onConnection();
  }

  #limitLinger(socket: Socket): void {
    let linger: Timer | undefined;
    socket.once("finish", () => {
      linger = this.#options.clock.setTimer(LINGER_MS, () => socket.destroy());
    });
    socket.once("close", () => linger?.cancel());
  }

  #didBegin(session: ServerHttp2Session): void {
    const { clock, random, onStream, tls, onRefused } = this.#options;
    const reason = tls?.asksForCertificate === true ? refusalOf(session.socket as TLSSocket) : undefined;
    if (reason !== undefined) {
      onRefused?.({ kind: "client-certificate", reason });
      return refuse(session, reason);
    }
    const resets = new ResetBudget(clock);
    const age = limitAge(session, clock, random);
    const late = this.#isLeaving ? clock.setTimer(LATE_GOAWAY_MS, () => goAway(session)) : undefined;
    this.#sessions.add(session);
    session.on("stream", (stream, headers) => onStream(stream, headers, resets));
    session.once("close", () => {
      age.cancel();
      late?.cancel();
      this.#sessions.delete(session);
    });
  }

  #closeSessions(): void {
    for (const session of this.#sessions) goAway(session);
  }

  #resolveIfDisconnected(): void {
    if (!this.#isListening && this.#sockets.size === 0) this.#disconnected.resolve();
  }
}

/** Sends GOAWAY. Open streams continue, and the connection closes after the last of them. */
function goAway(session: ServerHttp2Session): void {
  if (!session.closed && !session.destroyed) session.close();
}
