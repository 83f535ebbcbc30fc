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

/** Protocols by their names of ALPN. */
export type AlpnProtocol = "h2" | "http/1.1";

/** A server that does not listen yet. `onSocket` gets each connection from its first byte on. */
export function createServer(onSocket: (socket: Socket) => void): Server {
  return createPlainServer(SOCKET_OPTIONS, onSocket);
}

/**
 * A server with TLS that does not listen yet. It offers `protocols` by ALPN. A client that asks for none gets HTTP/1.1, as RFC 9113 3.2
 * leaves it, or loses its connection if that is not offered. `onSocket` gets each connection behind its handshake.
 */
export function createSecureServer(
  { context, asksForCertificate }: TlsOptions,
  protocols: readonly AlpnProtocol[],
  onSocket: (socket: TLSSocket) => void,
  onHandshakeError: (error: Error) => void,
): Server & { setSecureContext(context: SecureContextOptions): void } {
  const server = createTlsServer({
    ...SOCKET_OPTIONS,
    ...context,
    ALPNProtocols: [...protocols],
    requestCert: asksForCertificate,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  server.on("secureConnection", (socket) => {
    if (protocols.includes("http/1.1") || isHttp2(socket)) return onSocket(socket);
    socket.on("error", () => {}); // the end of the connection says the same
    socket.destroy();
  });
  server.on("tlsClientError", onHandshakeError);
  return server;
}

/** Whether a client has asked for HTTP/2. */
export function isHttp2(socket: TLSSocket): boolean {
  return socket.alpnProtocol === "h2";
}
