import type { Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { type BindAddress, bind } from "../bind.ts";
import { limitAge } from "./connection-age.ts";
import { createHttp2Server } from "./http2-server.ts";
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
}

/**
 * The listening socket and its connections. Sockets come in; streams go out, to `onStream`. GOAWAY and the end of listening
 * are separate steps: a server that drains sends GOAWAY while it still accepts connections of clients that have stale DNS.
 *
 * Each connection gets one GOAWAY, where RFC 9113 6.8 recommends two: nghttp2 ignores every stream that opens after the
 * first. A call that was on the wire then is above the last stream id, and safe to repeat on another server.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #http2: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();
  readonly #disconnected = Promise.withResolvers<void>();
  #onConnection: () => void = () => {};
  #isLeaving = false;
  #isListening = true;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#http2 = createHttp2Server();
    this.#http2.on("connection", (socket: Socket) => this.#didAccept(socket));
    this.#http2.on("session", (session) => this.#didBegin(session));
  }

  /** @throws ConfigError when the server cannot listen on the address */
  listen(address: BindAddress, onAcceptError: (error: Error) => void): Promise<number> {
    return bind(this.#http2, address, onAcceptError);
  }

  /** Serves a connection that another server has accepted. */
  accept(socket: Socket): void {
    this.#http2.emit("connection", socket);
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
    let linger: Timer | undefined;
    socket.once("finish", () => {
      linger = this.#options.clock.setTimer(LINGER_MS, () => socket.destroy());
    });
    socket.once("close", () => {
      linger?.cancel();
      this.#sockets.delete(socket);
      this.#resolveIfDisconnected();
    });
    this.#onConnection();
  }

  #didBegin(session: ServerHttp2Session): void {
    const { clock, random, onStream } = this.#options;
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
