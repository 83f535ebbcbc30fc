import type { Server, Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { Random } from "@agent-team/foundation/random";
import { ErrorCode } from "@agent-team/http2";
import { type BindAddress, bind } from "../bind.ts";
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from "../connection-limits.ts";
import { refusalOf, refuseHttp1 } from "./client-certificate.ts";
import type { Connection } from "./connection.ts";
import { type ConnectionAge, DEFAULT_AGE, limitAge } from "./connection-age.ts";
import { limitIdle } from "./connection-idle.ts";
import { ConnectionPlaces, type ExceededLimit } from "./connection-places.ts";
import { type ConnectionEnvironment, GrpcConnection, MAX_REQUEST_HEADER_BYTES } from "./grpc-connection.ts";
import { Http1Server } from "./http1-server.ts";
import { type Keepalive, keepAlive, NO_KEEPALIVE } from "./keepalive.ts";
import { type AlpnProtocol, createSecureServer, createServer, isHttp2, type TlsOptions } from "./listening.ts";
import { PlaintextConnection } from "./plaintext-connection.ts";

/** A connection that begins after `goAway()` gets its GOAWAY after this time, which its first calls need. */
const LATE_GOAWAY_MS = 1_000;

/** What a client reads that is refused. */
const REFUSALS: Readonly<Record<ExceededLimit, string>> = {
  connections: "too many connections",
  "connections-per-address": "too many connections from this address",
};

export interface ListenerOptions extends ConnectionEnvironment {
  readonly random: Random;
  /** Default: plaintext. */
  readonly tls?: TlsOptions | undefined;
  /** Default: 5 minutes, and 10 minutes for streams. */
  readonly age?: ConnectionAge | undefined;
  /** Default: 10,000 connections, any number of which may come from one address and be without calls. */
  readonly connectionLimits?: ConnectionLimits | undefined;
  /** Default: the server sends no PINGs. */
  readonly keepalive?: Keepalive | undefined;
  /** Receives why a client's connection was refused, or why its handshake failed. */
  readonly onRefused?: ((reason: Refusal) => void) | undefined;
}

/** A TLS connection that gets no calls. */
export type Refusal =
  | { readonly kind: "client-certificate"; readonly reason: string }
  | { readonly kind: "handshake"; readonly error: Error };

/** Of the client, in DER, if it was verified. */
type PeerCertificate = () => Uint8Array | undefined;

const NO_CERTIFICATE: PeerCertificate = () => undefined;

/**
 * The listening socket and its connections. Sockets come in; calls go out, to the routes. GOAWAY and the end of listening
 * are separate steps: a server that drains sends GOAWAY while it still accepts connections of clients that have stale DNS.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #renew: (context: SecureContextOptions) => void;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  readonly #places: ConnectionPlaces;
  /** Sockets that get GOAWAY at once, with the reason. */
  readonly #refused = new WeakMap<Socket, string>();
  /** Undefined: the port is HTTP/2 alone. */
  readonly #http1: Http1Server | undefined;
  readonly #disconnected = Promise.withResolvers<void>();
  #onConnection: () => void = () => {};
  #isLeaving = false;
  #isListening = true;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#places = new ConnectionPlaces(options.connectionLimits ?? DEFAULT_CONNECTION_LIMITS);
    const { answerWeb, onDefect } = options;
    const maxHeaderBytes = MAX_REQUEST_HEADER_BYTES;
    this.#http1 = answerWeb === undefined ? undefined : new Http1Server({ answerWeb, maxHeaderBytes, onDefect });
    if (options.tls === undefined) {
      this.#server = createServer((socket) => this.#servePlaintext(socket));
      this.#renew = () => {};
    } else {
      const server = this.#createSecureServer(options.tls);
      this.#server = server;
      this.#renew = (context) => server.setSecureContext(context);
    }
    // Also of TLS: before the handshake, and before the listeners from above.
    this.#server.prependListener("connection", (socket: Socket) => this.#didAccept(socket));
  }

  #createSecureServer(tls: TlsOptions): ReturnType<typeof createSecureServer> {
    const onHandshakeError = (error: Error): void => this.#options.onRefused?.({ kind: "handshake", error });
    const protocols: readonly AlpnProtocol[] = this.#http1 === undefined ? ["h2"] : ["h2", "http/1.1"];
    return createSecureServer(tls, protocols, (socket) => this.#didSecure(socket, tls), onHandshakeError);
  }

  /** @throws ConfigError when the server cannot listen on the address */
  listen(address: BindAddress, onAcceptError: (error: Error) => void): Promise<number> {
    return bind(this.#server, address, onAcceptError);
  }

  /** Serves a connection that another server has accepted; after `stopListening()` it is closed. */
  accept(socket: Socket): void {
    if (!this.#isListening) return void socket.destroy();
    socket.setNoDelay(true);
    this.#server.emit("connection", socket);
  }

  /** New connections get these certificates; open ones keep theirs. Without effect on plaintext. */
  renew(context: SecureContextOptions): void {
    this.#renew(context);
  }

  /** Calls `listener` for each connection from now on. */
  onConnection(listener: () => void): void {
    this.#onConnection = listener;
  }

  /** GOAWAY on each connection: in two steps (RFC 9113 6.8), so that calls that are under way are served. */
  goAway(): void {
    this.#isLeaving = true;
    for (const connection of this.#connections) {
      if (connection.isReady) connection.goAway();
      else this.#goAwayLater(connection);
    }
  }

  /** GOAWAY on each connection of now; those that are left after `graceMs` are destroyed. Later connections are served. */
  drain(graceMs: number): void {
    const leaving = [...this.#connections];
    for (const connection of leaving) connection.goAway();
    const destroy = (): void => {
      for (const connection of leaving) connection.destroy();
    };
    this.#options.clock.setTimer(graceMs, destroy, { unref: true });
  }

  stopListening(): void {
    this.#isListening = false;
    this.#server.close();
    for (const connection of this.#connections) connection.goAway();
    this.#resolveIfDisconnected();
  }

  /** Resolves when listening has ended and no connection is left. */
  disconnected(): Promise<void> {
    return this.#disconnected.promise;
  }

  disconnect(): void {
    for (const connection of this.#connections) connection.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #didAccept(socket: Socket): void {
    const { remoteAddress } = socket;
    const exceeded = this.#places.take(remoteAddress);
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (exceeded === undefined) this.#places.giveBack(remoteAddress);
      this.#resolveIfDisconnected();
    });
    if (exceeded !== undefined) return this.#refuse(socket, exceeded);
    this.#onConnection();
  }

  /** The listeners behind this one see a socket that has ended, or that says why. */
  #refuse(socket: Socket, exceeded: ExceededLimit): void {
    this.#options.limits.didReach(exceeded);
    const speaksHttp2Only = this.#options.tls === undefined && this.#http1 === undefined;
    if (speaksHttp2Only) this.#refused.set(socket, REFUSALS[exceeded]);
    else socket.destroy();
  }

  #didSecure(socket: TLSSocket, { asksForCertificate }: TlsOptions): void {
    const reason = asksForCertificate ? refusalOf(socket) : undefined;
    const certificate = asksForCertificate ? () => socket.getPeerX509Certificate()?.raw : NO_CERTIFICATE;
    if (reason !== undefined) this.#options.onRefused?.({ kind: "client-certificate", reason });
    if (!isHttp2(socket)) {
      if (reason === undefined) this.#add((onClose) => this.#http1Of(socket, certificate, onClose));
      else refuseHttp1(socket, reason);
      return;
    }
    const connection = this.#add((onClose) => this.#http2Of(socket, certificate, onClose));
    // RFC 9113 7: INADEQUATE_SECURITY: "The underlying transport has properties that do not meet minimum security requirements".
    if (reason !== undefined) connection.refuse(ErrorCode.inadequateSecurity, reason);
  }

  #servePlaintext(socket: Socket): void {
    const { clock, limits } = this.#options;
    if (socket.destroyed) return;
    const refusal = this.#refused.get(socket);
    if (refusal !== undefined) {
      const connection = new GrpcConnection(socket, this.#options, NO_CERTIFICATE, () => {});
      // RFC 9113 7: "The endpoint detected that its peer is exhibiting a behavior that might be generating excessive load."
      return connection.refuse(ErrorCode.enhanceYourCalm, refusal);
    }
    this.#add((onClose) => {
      if (this.#http1 === undefined) return this.#http2Of(socket, NO_CERTIFICATE, onClose);
      const become = (protocol: AlpnProtocol): Connection =>
        protocol === "h2"
          ? this.#http2Of(socket, NO_CERTIFICATE, onClose)
          : this.#http1Of(socket, NO_CERTIFICATE, onClose);
      return new PlaintextConnection({ socket, clock, limits, onClose, become });
    });
  }

  #http2Of(socket: Socket, peerCertificate: PeerCertificate, onClose: () => void): GrpcConnection {
    const { keepalive = NO_KEEPALIVE, clock, limits, connectionLimits = DEFAULT_CONNECTION_LIMITS } = this.#options;
    const connection = new GrpcConnection(socket, this.#options, peerCertificate, () => {
      liveness.cancel();
      idle.cancel();
      onClose();
    });
    const liveness = keepAlive(connection, keepalive, clock);
    const { maxConnectionIdleMs } = connectionLimits;
    const idle = limitIdle(connection, maxConnectionIdleMs, clock, () => limits.didReach("idle"));
    return connection;
  }

  #http1Of(socket: Socket, peerCertificate: PeerCertificate, onClose: () => void): Connection {
    const { clock, limits } = this.#options;
    return (this.#http1 as Http1Server).serve({ socket, clock, limits, peerCertificate, onClose });
  }

  /** Keeps a connection until it has closed. */
  #add<C extends Connection>(make: (onClose: () => void) => C): C {
    const { clock, random, age: limits = DEFAULT_AGE } = this.#options;
    const connection = make(() => {
      age.cancel();
      this.#connections.delete(connection);
    });
    const age = limitAge(connection, limits, clock, random);
    this.#connections.add(connection);
    if (this.#isLeaving) this.#goAwayLater(connection);
    return connection;
  }

  #goAwayLater(connection: Connection): void {
    this.#options.clock.setTimer(LATE_GOAWAY_MS, () => connection.goAway(), { unref: true });
  }

  #resolveIfDisconnected(): void {
    if (!this.#isListening && this.#sockets.size === 0) this.#disconnected.resolve();
  }
}
