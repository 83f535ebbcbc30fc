/** Opens the socket of a connection, over TCP or TLS. In: an endpoint and the channel's credentials. Out: a socket that connects. */

import * as net from "node:net";
import type * as tls from "node:tls";
import type { CertificateTexts } from "@agent-team/foundation/certificates";
import type { Endpoint } from "../endpoint.ts";
import type { TlsCredentials, TransportOptions } from "../transport.ts";

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

  constructor({ tls: credentials, authority }: Pick<TransportOptions, "tls" | "authority">) {
    this.#credentials = credentials;
    this.#serverName = credentials?.serverName ?? hostOf(authority);
  }

  open({ host, port }: Endpoint): Socket {
    const address = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: TCP_KEEPALIVE_MS };
    if (this.#credentials === undefined) return net.connect(address);
    const serverName = this.#serverName;
    const { checkServerIdentity, connect } = tlsOfNode();
    const socket = connect({
      ...address,
      secureContext: this.#contextOf(this.#credentials.texts),
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
