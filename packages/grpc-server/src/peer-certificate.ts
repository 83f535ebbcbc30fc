/** The certificate of a call's client: the noun that the calls and the handlers share. */

import { X509Certificate } from "node:crypto";
import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";

/** Names of a client's certificate that a CA of TLS_CLIENT_CA_FILE has signed. */
export interface PeerCertificate {
  /** The subject, one attribute after another: `CN=api-gateway, O=Agent Team`. */
  readonly subject: string;
  /** The subject alternative names of each kind. */
  readonly dnsNames: readonly string[];
  readonly uris: readonly string[];
  /** SHA-256 of the certificate, in hexadecimal with colons. */
  readonly fingerprint: string;
}

/** A function, because most handlers never ask: reading a certificate costs more than a small call. */
export type ReadPeerCertificate = () => PeerCertificate | undefined;

export const peerCertificateKey: ContextKey<ReadPeerCertificate> = createContextKey<ReadPeerCertificate>(
  () => undefined,
  { description: "reads the client's certificate" },
);

/**
 * The certificate of the call's client, which the server has verified. Undefined without mutual TLS. It names the program
 * that calls; the person for whom it calls is `identityOf`.
 */
export function peerCertificateOf({ values }: Pick<HandlerContext, "values">): PeerCertificate | undefined {
  return values.get(peerCertificateKey)();
}

/** @param der the certificate as it came over the wire */
export function readPeerCertificate(der: Uint8Array): PeerCertificate {
  const { subject, subjectAltName, fingerprint256: fingerprint } = new X509Certificate(der);
  const names = parseAlternativeNames(subjectAltName ?? "");
  return { subject: oneLine(subject), dnsNames: valuesOf(names, "DNS"), uris: valuesOf(names, "URI"), fingerprint };
}

/** The subject of a certificate on one line, for logs. */
export function oneLine(subject: string): string {
  return subject.replaceAll("\n", ", ");
}

/**
 * Node's form is `DNS:a.local, URI:"spiffe://a, b"`: values with commas or quotes are JSON strings, so that no name can
 * pretend to be two (CVE-2021-44532).
 */
const ALTERNATIVE_NAME = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/gy;

type AlternativeName = readonly [kind: string, value: string];

function parseAlternativeNames(text: string): readonly AlternativeName[] {
  return [...text.matchAll(ALTERNATIVE_NAME)].map(([, kind = "", value = ""]) => [kind, unquote(value)]);
}

function unquote(value: string): string {
  return value.startsWith('"') ? (JSON.parse(value) as string) : value;
}

function valuesOf(names: readonly AlternativeName[], kind: string): readonly string[] {
  return names.filter(([each]) => each === kind).map(([, value]) => value);
}
