/** The listening socket of a gRPC server, without TLS and with it. */

import { createServer as createPlainServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type SecureContextOptions, type TLSSocket } from "node:tls";

/**
 * Time for a client's TLS handshake. Node's default of 120 s would let peers that never finish one hold sockets, and a drain.
 */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** From the last byte of a peer to the first TCP keepalive, which finds peers that are gone. */
const KEEP_ALIVE_MS = 60_000;

const SOCKET_OPTIONS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };

/** Certificates of a server's connections. */
export interface TlsOptions {
  readonly context: SecureContextOptions;
  /** Whether clients are asked for a certificate. The connection is made without one, too: see `refusalOf`. */
  readonly asksForCertificate: boolean;
}

/** A server that does not listen yet. `onSocket` gets each connection from its first byte on. */
export function createServer(onSocket: (socket: Socket) => void): Server {
  return createPlainServer(SOCKET_OPTIONS, onSocket);
}

/**
 * A server with TLS that does not listen yet. It offers no other protocol than `h2`, and closes the connection of a client that asks for
 * none. `onSocket` gets each connection behind its handshake.
 */
export function createSecureServer(
  { context, asksForCertificate }: TlsOptions,
  onSocket: (socket: TLSSocket) => void,
  onHandshakeError: (error: Error) => void,
): Server & { setSecureContext(context: SecureContextOptions): void } {
  const server = createTlsServer({
    ...SOCKET_OPTIONS,
    ...context,
    ALPNProtocols: ["h2"],
    requestCert: asksForCertificate,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  server.on("secureConnection", (socket) => {
    if (socket.alpnProtocol === "h2") return onSocket(socket);
    socket.on("error", () => {}); // the end of the connection says the same
    socket.destroy();
  });
  server.on("tlsClientError", onHandshakeError);
  return server;
}
