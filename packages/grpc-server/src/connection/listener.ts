import type { Server, Socket } from "node:net";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { Random } from "@agent-team/foundation/random";
import { ErrorCode } from "@agent-team/http2";
import { type BindAddress, bind } from "../bind.ts";
import { refusalOf } from "./client-certificate.ts";
import { limitAge } from "./connection-age.ts";
import { type ConnectionEnvironment, GrpcConnection } from "./grpc-connection.ts";
import { createSecureServer, createServer, type TlsOptions } from "./listening.ts";

/** A connection that begins after `goAway()` gets its GOAWAY after this time, which its first calls need. */
const LATE_GOAWAY_MS = 1_000;

export interface ListenerOptions extends ConnectionEnvironment {
  readonly random: Random;
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
 * The listening socket and its connections. Sockets come in; calls go out, to the routes. GOAWAY and the end of listening
 * are separate steps: a server that drains sends GOAWAY while it still accepts connections of clients that have stale DNS.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  readonly #renew: (context: SecureContextOptions) => void;
  readonly #connections = new Set<GrpcConnection>();
  readonly #sockets = new Set<Socket>();
  readonly #disconnected = Promise.withResolvers<void>();
  #onConnection: () => void = () => {};
  #isLeaving = false;
  #isListening = true;

  constructor(options: ListenerOptions) {
    this.#options = options;
    if (options.tls === undefined) {
      this.#server = createServer((socket) => this.#serve(socket, () => undefined));
      this.#renew = () => {};
    } else {
      const server = this.#createSecureServer(options.tls);
      this.#server = server;
      this.#renew = (context) => server.setSecureContext(context);
    }
    // Also of TLS: before the handshake.
    this.#server.on("connection", (socket: Socket) => this.#didAccept(socket));
  }

  #createSecureServer(tls: TlsOptions): ReturnType<typeof createSecureServer> {
    const onHandshakeError = (error: Error): void => this.#options.onRefused?.({ kind: "handshake", error });
    return createSecureServer(tls, (socket) => this.#didSecure(socket, tls), onHandshakeError);
  }

  /** @throws ConfigError when the server cannot listen on the address */
  listen(address: BindAddress, onAcceptError: (error: Error) => void): Promise<number> {
    return bind(this.#server, address, onAcceptError);
  }

  /** Serves a connection that another server has accepted. */
  accept(socket: Socket): void {
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
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#resolveIfDisconnected();
    });
    this.#onConnection();
  }

  #didSecure(socket: TLSSocket, { asksForCertificate }: TlsOptions): void {
    const reason = asksForCertificate ? refusalOf(socket) : undefined;
    const certificate = asksForCertificate ? () => socket.getPeerX509Certificate()?.raw : () => undefined;
    const connection = this.#serve(socket, certificate);
    if (reason === undefined) return;
    this.#options.onRefused?.({ kind: "client-certificate", reason });
    // RFC 9113 7: INADEQUATE_SECURITY: "The underlying transport has properties that do not meet minimum security requirements".
    connection.refuse(ErrorCode.inadequateSecurity, reason);
  }

  #serve(socket: Socket, peerCertificate: () => Uint8Array | undefined): GrpcConnection {
    const { clock, random } = this.#options;
    const connection = new GrpcConnection(socket, this.#options, peerCertificate, () => {
      age.cancel();
      this.#connections.delete(connection);
    });
    const age = limitAge(connection, clock, random);
    this.#connections.add(connection);
    if (this.#isLeaving) this.#goAwayLater(connection);
    return connection;
  }

  #goAwayLater(connection: GrpcConnection): void {
    this.#options.clock.setTimer(LATE_GOAWAY_MS, () => connection.goAway(), { unref: true });
  }

  #resolveIfDisconnected(): void {
    if (!this.#isListening && this.#sockets.size === 0) this.#disconnected.resolve();
  }
}
