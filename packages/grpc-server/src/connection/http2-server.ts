import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions,
} from "node:http2";
import type { SecureContextOptions } from "node:tls";

/**
 * Open streams on one connection. Most servers have no bound. Ours is the number of connections that one gateway task
 * accepts, so a gateway stays below it even with all its users' calls on one connection.
 */
const MAX_CONCURRENT_STREAMS = 4_096;

/** Request metadata of one call, as RFC 9113 6.5.2 counts it: names, values, and 32 bytes a field. */
const MAX_REQUEST_HEADER_BYTES = 16 * 1024;

/** No limit, for options of node:http2 that need a number. */
const UNLIMITED = Number.MAX_SAFE_INTEGER;

/**
 * Above its rate of resets (1,000 at once, then 33 a second) nghttp2 ends the connection with all its calls. Our limit is
 * `ResetBudget`, which refuses new streams instead. No peer can reach this one: a stream costs node:http2 more than
 * 10 µs, so fewer than 100,000 open in a second.
 */
const RESETS_BEYOND_REACH = { streamResetBurst: 1_000_000, streamResetRate: 100_000 };

/**
 * Time for a client's TLS handshake: our own clients give up after 3 s in all. Node's default of 120 s would let peers that
 * never finish one hold sockets, and a drain.
 */
const HANDSHAKE_TIMEOUT_MS = 10_000;

const OPTIONS: ServerOptions = {
  ...RESETS_BEYOND_REACH,
  settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS, maxHeaderListSize: MAX_REQUEST_HEADER_BYTES },
  // node:http2 counts the queued bytes of all streams, and above 10 MB resets the newest stream, which may belong to
  // another caller. The queue of one call is bounded by its message size and by backpressure.
  maxSessionMemory: UNLIMITED,
  // `HeaderBudget` bounds the headers that we send.
  maxSendHeaderBlockLength: UNLIMITED,
};

/** Certificates of a server's connections. */
export interface TlsOptions {
  readonly context: SecureContextOptions;
  /** Whether clients are asked for a certificate. The connection is made without one, too: see `refusalOf`. */
  readonly asksForCertificate: boolean;
}

/** An HTTP/2 server with TLS that does not listen yet, with the same limits. It offers no other protocol than `h2`. */
export function createSecureHttp2Server({ context, asksForCertificate }: TlsOptions): Http2SecureServer {
  const server = createSecureServer({
    ...OPTIONS,
    ...context,
    requestCert: asksForCertificate,
    rejectUnauthorized: false,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  // A client that negotiated no protocol. Node would answer it in HTTP/1.1.
  server.on("unknownProtocol", (socket) => socket.destroy());
  return server;
}

/** An HTTP/2 server without TLS that does not listen yet, with the limits that hold before gRPC sees a call. */
export function createHttp2Server(): Http2Server {
  return createServer(OPTIONS);
}
