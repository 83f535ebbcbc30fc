/**
 * Refuses clients without a certificate that a CA of ours has signed. In: a connection behind its handshake. Out: the reason why it
 * is refused, in a GOAWAY and to the log.
 *
 * Node would end such a connection in the handshake without an alert, so that its client reads "connection reset". After the
 * handshake a GOAWAY can say which certificate is wrong, and why. No stream of such a connection is ever served.
 */

import type { TLSSocket } from "node:tls";
import { oneLine } from "../peer-certificate.ts";

/** What OpenSSL's codes mean for the client; others are shown as they are. */
const REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "is not signed by a CA that this server trusts",
  SELF_SIGNED_CERT_IN_CHAIN: "is not signed by a CA that this server trusts",
  UNABLE_TO_GET_ISSUER_CERT: "is not signed by a CA that this server trusts",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "is not signed by a CA that this server trusts",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "is not signed by a CA that this server trusts",
  CERT_SIGNATURE_FAILURE: "is not signed by a CA that this server trusts",
  INVALID_PURPOSE: "is not made for clients",
};

/** Why the server does not accept the client of a TLS connection; undefined when it does. */
export function refusalOf(socket: TLSSocket): string | undefined {
  if (socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return "this server requires a client certificate, and the client sent none";
  const code = String(socket.authorizationError);
  return `the client certificate of ${oneLine(certificate.subject)} ${REASONS[code] ?? `cannot be verified (${code})`}`;
}

/** Ends an HTTP/1.1 connection that gets no calls, with the reason. */
export function refuseHttp1(socket: TLSSocket, reason: string): void {
  socket.on("error", () => {}); // the end of the connection says the same
  const body = `${reason}\n`;
  const head = ["HTTP/1.1 403 Forbidden", "content-type: text/plain; charset=utf-8", "connection: close"];
  socket.write(`${head.join("\r\n")}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  socket.destroySoon();
}
