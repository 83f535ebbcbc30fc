/**
 * Checks the certificates and the key of one end of TLS before it is used. In: PEM texts. Out: the first fault, which names
 * the text and what is wrong with it. Whether a peer trusts them is seen at the handshake.
 */

import type { KeyObject, X509Certificate } from "node:crypto";

/** The texts of one end, as PEM. `cert` and `key` come together. */
export interface CertificateTexts {
  /** The end's own certificate, followed by the intermediate ones. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** The CAs whose certificates are trusted. */
  readonly ca: string | undefined;
}

export type CertificatePart = keyof CertificateTexts;

/** Why the texts cannot be used. `message` has the form `expected …, but …`, to be put behind the name of the part. */
export interface CertificateFault {
  readonly part: CertificatePart;
  readonly message: string;
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

/** Undefined when `texts` can be used at `nowMs`, in milliseconds since 1970. */
export function faultOf({ cert, key, ca }: CertificateTexts, nowMs: number): CertificateFault | undefined {
  return (
    (cert === undefined ? undefined : faultOfCertificate(cert, nowMs)) ??
    faultOfKey(key, cert) ??
    faultOfPair(cert, key) ??
    (ca === undefined ? undefined : faultOfCas(ca, nowMs))
  );
}

/** Not by an import, which would cost each client 3 ms of CPU at its start, also without TLS. */
const cryptoOfNode = (): typeof import("node:crypto") => process.getBuiltinModule("node:crypto");

/** The first certificate of a text that `faultOf` has passed. */
export function leafOf(cert: string): X509Certificate {
  return new (cryptoOfNode().X509Certificate)(cert);
}

function faultOfCertificate(text: string, nowMs: number): CertificateFault | undefined {
  const { certificates, problem } = parseCertificates(text);
  const [leaf] = certificates;
  if (leaf === undefined) return { part: "cert", message: `expected a certificate as PEM, but ${problem}` };
  const age = ageProblem(leaf, nowMs);
  if (age === undefined) return undefined;
  return { part: "cert", message: `expected a certificate that is valid now, but ${describe(leaf)} ${age}` };
}

function faultOfKey(key: string | undefined, cert: string | undefined): CertificateFault | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) return { part: "cert", message: "expected the certificate of the key, but there is none" };
  const expected = "expected the private key of the certificate, as PEM without a passphrase";
  if (key === undefined) return { part: "key", message: `${expected}, but there is none` };
  const parsed = parseKey(key);
  if (typeof parsed === "string") return { part: "key", message: `${expected}, but it cannot be read (${parsed})` };
  const leaf = leafOf(cert);
  if (leaf.checkPrivateKey(parsed)) return undefined;
  return { part: "key", message: `${expected}, but it is not the key of ${describe(leaf)}` };
}

/** OpenSSL refuses more than can be seen in the texts: a key that is too small, a digest that is too weak. */
function faultOfPair(cert: string | undefined, key: string | undefined): CertificateFault | undefined {
  if (cert === undefined || key === undefined) return undefined;
  try {
    // Without `ca` it would read those of the system.
    process.getBuiltinModule("node:tls").createSecureContext({ cert, key, ca: [] });
    return undefined;
  } catch (error) {
    return { part: "cert", message: `expected a certificate that OpenSSL takes, but it says: ${reasonOf(error)}` };
  }
}

/** A bundle keeps an old CA while certificates move to a new one: one that is valid is enough. */
function faultOfCas(text: string, nowMs: number): CertificateFault | undefined {
  const { certificates, problem } = parseCertificates(text);
  const [first] = certificates;
  if (first === undefined)
    return { part: "ca", message: `expected the certificates of one or more CAs as PEM, but ${problem}` };
  if (certificates.some((ca) => ageProblem(ca, nowMs) === undefined)) return undefined;
  const message = `expected a CA that is valid now, but ${describe(first)} ${ageProblem(first, nowMs)}`;
  const others = certificates.length - 1;
  return { part: "ca", message: others === 0 ? message : `${message}, and none of the other ${others} is valid` };
}

/** The certificates of a text; none, and the problem, when one of them cannot be read. */
function parseCertificates(text: string): {
  readonly certificates: readonly X509Certificate[];
  readonly problem: string;
} {
  const blocks = text.match(PEM_CERTIFICATE) ?? [];
  try {
    return {
      certificates: blocks.map((block) => new (cryptoOfNode().X509Certificate)(block)),
      problem: "it contains none",
    };
  } catch (error) {
    return { certificates: [], problem: `it cannot be read (${reasonOf(error)})` };
  }
}

function parseKey(text: string): KeyObject | string {
  try {
    return cryptoOfNode().createPrivateKey(text);
  } catch (error) {
    return reasonOf(error);
  }
}

function ageProblem({ validFrom, validTo }: X509Certificate, nowMs: number): string | undefined {
  if (nowMs > epochMsOf(validTo)) return `expired at ${validTo}`;
  return nowMs < epochMsOf(validFrom) ? `is not valid before ${validFrom}` : undefined;
}

/** OpenSSL's form of an instant. `X509Certificate.validToDate` is newer than Node 22.0. */
function epochMsOf(instant: string): number {
  // oxlint-disable-next-line no-restricted-globals -- reads a given text, and no clock
  return Date.parse(instant);
}

/** `CN=workflow-agent`; the lines of a longer subject on one line. */
function describe({ subject }: X509Certificate): string {
  return `the certificate of ${subject === "" ? "an empty subject" : subject.replaceAll("\n", ", ")}`;
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, " ");
}
