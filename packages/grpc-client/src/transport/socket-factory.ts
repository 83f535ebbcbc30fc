/**
 * Opens the socket of a connection, over TCP, a Unix socket or a proxy's tunnel, with or without TLS. In: an endpoint and the channel's
 * credentials. Out: the connection that is made on the socket.
 */

import * as net from "node:net";
import type * as tls from "node:tls";
import type { CertificateTexts } from "@agent-team/foundation/certificates";
import type { Clock } from "@agent-team/foundation/clock";
import { addressOf, type Endpoint, socketPathOf } from "../endpoint.ts";
import type { HttpProxy } from "../proxy.ts";
import type { Connection, ConnectionListener, TlsCredentials, TransportOptions } from "../transport.ts";
import { Handshakes } from "./handshakes.ts";
import { TunnelledConnection } from "./tunnel.ts";

/** What a connection is made on. */
export type Socket = net.Socket;

/** Not by an import, which would cost each start 8 ms of CPU also without TLS. */
const tlsOfNode = (): typeof tls => process.getBuiltinModule("node:tls");

/** NLBs forget a flow that was idle for 350 s without telling; TCP's own probes keep it known. */
const TCP_KEEPALIVE_MS = 60_000;

/** RFC 9113 9.2: "Implementations of HTTP/2 MUST use TLS version 1.2 or higher". */
const MIN_VERSION = "TLSv1.2";

export class SocketFactory {
  readonly #credentials: TlsCredentials | undefined;
  readonly #serverName: string;
  /** Made once for each set of texts: it costs more than a handshake. */
  #context: { readonly texts: CertificateTexts; readonly secureContext: tls.SecureContext } | undefined;

  readonly #proxy: HttpProxy | undefined;
  readonly #connectTimeoutMs: number;
  readonly #clock: Clock;
  readonly #handshakes: Handshakes;

  constructor({ tls: credentials, authority, proxy, connectTimeoutMs }: TransportOptions, clock: Clock) {
    this.#credentials = credentials;
    this.#serverName = credentials?.serverName ?? hostOf(authority);
    this.#proxy = proxy;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#clock = clock;
    this.#handshakes = new Handshakes(clock);
  }

  /**
   * Starts to connect. `make` gets the socket, at once or when the proxy has opened its tunnel, and the time that is left. `onread` gets what
   * a socket reads for which Node takes it: one without TLS and without a proxy. Any other emits `data`.
   * @throws Error before a socket is opened, for certificates that OpenSSL does not take (a key that is too small) and for an impossible port
   */
  connect(
    endpoint: Endpoint,
    listener: ConnectionListener,
    make: (socket: Socket, connectTimeoutMs: number) => Connection,
    onread?: net.OnReadOpts,
  ): Connection {
    const path = socketPathOf(endpoint);
    const secureContext = this.#credentials && this.#contextOf(this.#credentials.texts);
    if (this.#proxy === undefined || path !== undefined) {
      const to = path === undefined ? tcp(endpoint) : { path };
      return make(this.#open(to, secureContext, onread), this.#connectTimeoutMs);
    }
    const parts = {
      proxy: this.#proxy,
      address: addressOf(endpoint),
      socket: net.connect(tcp(this.#proxy)),
      clock: this.#clock,
      connectTimeoutMs: this.#connectTimeoutMs,
      connect: (socket: Socket, remainingMs: number) => make(this.#over(socket, secureContext), remainingMs),
    };
    return new TunnelledConnection(parts, listener);
  }

  #open(
    to: net.NetConnectOpts,
    secureContext: tls.SecureContext | undefined,
    onread: net.OnReadOpts | undefined,
  ): Socket {
    if (secureContext === undefined) return net.connect(onread === undefined ? to : { ...to, onread });
    const waiting = new HandshakeSocket(this.#handshakes, to);
    const socket = this.#secure(waiting.connect(to), secureContext);
    for (const end of ["secureConnect", "error", "close"]) socket.once(end, () => waiting.didEndHandshake());
    return socket;
  }

  /** The socket has connected. */
  #over(socket: Socket, secureContext: tls.SecureContext | undefined): Socket {
    return secureContext === undefined ? socket : this.#secure(socket, secureContext);
  }

  #secure(under: Socket, secureContext: tls.SecureContext): Socket {
    const serverName = this.#serverName;
    const { checkServerIdentity, connect } = tlsOfNode();
    const socket = connect({
      socket: under,
      secureContext,
      ALPNProtocols: ["h2"],
      // RFC 6066 3: a server name is never an IP address. Without one Node would check the endpoint's address.
      ...(net.isIP(serverName) === 0 ? { servername: serverName } : {}),
      checkServerIdentity: (_, certificate) => checkServerIdentity(serverName, certificate),
    });
    socket.once("secureConnect", () => {
      // RFC 9113 3.3: "implementations that support HTTP/2 over TLS MUST use protocol negotiation in TLS".
      if (socket.alpnProtocol !== "h2")
        socket.destroy(new Error("the server does not offer HTTP/2 over TLS (ALPN h2)"));
    });
    return socket;
  }

  #contextOf(texts: CertificateTexts): tls.SecureContext {
    if (this.#context?.texts !== texts) this.#context = { texts, secureContext: createContext(texts) };
    return this.#context.secureContext;
  }
}

function tcp({ host, port }: { readonly host: string; readonly port: number }): net.TcpNetConnectOpts {
  return { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS };
}

/**
 * A TCP socket for `tls.connect`, which begins the handshake at the event `connect` of its socket: this one emits it when the handshake has
 * a place. The connect deadline of the transport goes on meanwhile.
 */
class HandshakeSocket extends net.Socket {
  readonly #handshakes: Handshakes;
  #didEnd: (() => void) | undefined;

  /** Of `options` the constructor takes TCP_NODELAY and keepalive: `connect` ignores them. */
  constructor(handshakes: Handshakes, options: net.NetConnectOpts) {
    super(options);
    this.#handshakes = handshakes;
  }

  /** It is done, or has failed, or will not begin. */
  didEndHandshake(): void {
    this.#didEnd?.();
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== "connect" || this.#didEnd !== undefined) return super.emit(event as string, ...values);
    this.#didEnd = this.#handshakes.begin(() => void super.emit("connect"));
    return true;
  }
}

/** Null stands for the system's CAs; the options of TLS have no undefined. */
function createContext({ ca, cert, key }: CertificateTexts): tls.SecureContext {
  return tlsOfNode().createSecureContext({
    minVersion: MIN_VERSION,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  });
}

function hostOf(authority: string): string {
  return authority.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

const UNTRUSTED = "the server's certificate is not signed by a CA that this client trusts";
const REFUSED = "the server does not accept the client certificate";

/** What the codes of a failed handshake mean: Node's for the server's certificate, OpenSSL's for alerts about the client's. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate is not valid any more",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  CERT_SIGNATURE_FAILURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate has another name",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "the server requires a client certificate",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: REFUSED,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: REFUSED,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: REFUSED,
  ERR_SSL_WRONG_VERSION_NUMBER: "the server does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "the server does not speak TLS",
};

/** The meaning of a handshake's error, before its own message; undefined for other errors. */
export function explainTlsError(error: Error): string | undefined {
  const code = "code" in error ? String(error.code) : "";
  const explanation = EXPLANATIONS[code];
  return explanation === undefined ? undefined : `${explanation} (${error.message})`;
}
