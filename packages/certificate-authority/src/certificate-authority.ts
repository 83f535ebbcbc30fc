/**
 * A certificate authority in memory, for the local cloud and for tests. In: names. Out: certificates and keys as PEM, of
 * one CA that no trust store contains. It keeps the CA's key, and writes nothing.
 */

// @peculiar/x509 takes its parts from a container (tsyringe) that needs this polyfill before its first use.
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** RFC 8446 9.1: every TLS 1.3 implementation must support it. Its keys are made in less than a millisecond. */
const KEYS = { name: "ECDSA", namedCurve: "P-256" } as const;
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" } as const;

/** Of certificates that state no time: from an hour ago, for clocks that are behind, to a year from now. */
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/** RFC 5280 4.1.2.2: "CAs MUST force the serialNumber to be a non-negative integer", of 20 octets at most. */
const SERIAL_BYTES = 16;

/** The names and the time of a certificate. */
export interface CertificateRequest {
  /** The subject's common name, such as `workflow-agent`. */
  readonly name: string;
  /** The DNS names and IP addresses that clients may find it under. Default: none. */
  readonly dnsNames?: readonly string[] | undefined;
  readonly ipAddresses?: readonly string[] | undefined;
  /** URIs that name the holder, such as `spiffe://agent-team-local/api-gateway`. Default: none. */
  readonly uris?: readonly string[] | undefined;
  /** Milliseconds since 1970. Defaults: an hour before the CA was made, and a year after. */
  readonly validFromMs?: number | undefined;
  readonly validUntilMs?: number | undefined;
}

/** A certificate and its key, as PEM. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

interface Signer {
  readonly certificate: X509Certificate;
  readonly keys: CryptoKeyPair;
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

export class CertificateAuthority {
  readonly #signer: Signer;
  readonly #nowMs: number;

  private constructor(signer: Signer, nowMs: number) {
    this.#signer = signer;
    this.#nowMs = nowMs;
  }

  /** Makes a CA with a new key. `nowMs`, in milliseconds since 1970, is the time from which its certificates are valid. */
  static async create(name: string, nowMs: number): Promise<CertificateAuthority> {
    const keys = await createKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned(
      {
        serialNumber: createSerial(),
        name: subjectOf(name),
        ...validityOf({ name }, nowMs),
        keys,
        signingAlgorithm: SIGNATURE,
        extensions: [
          new BasicConstraintsExtension(true, 0, true),
          new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
          await SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
      },
      webcrypto,
    );
    return new CertificateAuthority({ certificate, keys }, nowMs);
  }

  /** The CA's own certificate, as PEM: what the others trust. */
  get certificate(): string {
    return pemOf(this.#signer.certificate);
  }

  /** Issues a certificate for servers and clients, with a new key. */
  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const { certificate: issuer, keys: signer } = this.#signer;
    const keys = await createKeys();
    const certificate = await X509CertificateGenerator.create(
      {
        serialNumber: createSerial(),
        subject: subjectOf(request.name),
        issuer: issuer.subject,
        ...validityOf(request, this.#nowMs),
        publicKey: keys.publicKey,
        signingKey: signer.privateKey,
        signingAlgorithm: SIGNATURE,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          await AuthorityKeyIdentifierExtension.create(issuer, false, webcrypto),
          ...alternativeNamesOf(request),
        ],
      },
      webcrypto,
    );
    return { certificate: pemOf(certificate), key: await exportKey(keys.privateKey) };
  }
}

function createKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(KEYS, true, ["sign", "verify"]);
}

/** Hexadecimal. A first digit below 8 keeps the integer positive, another one than 0 keeps its length. */
function createSerial(): string {
  const random = Buffer.from(webcrypto.getRandomValues(new Uint8Array(SERIAL_BYTES - 1)));
  return `4f${random.toString("hex")}`;
}

function subjectOf(name: string): { CN: string[] }[] {
  return [{ CN: [name] }];
}

function validityOf(
  { validFromMs, validUntilMs }: CertificateRequest,
  nowMs: number,
): { notBefore: Date; notAfter: Date } {
  return { notBefore: dateAt(validFromMs ?? nowMs - HOUR_MS), notAfter: dateAt(validUntilMs ?? nowMs + YEAR_MS) };
}

function alternativeNamesOf({ dnsNames = [], ipAddresses = [], uris = [] }: CertificateRequest): Extension[] {
  const names = [
    ...dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...uris.map((value) => ({ type: "url" as const, value })),
  ];
  return names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)];
}

function dateAt(epochMs: number): Date {
  // oxlint-disable-next-line no-restricted-globals -- converts a given time, and reads no clock
  return new Date(epochMs);
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----", ""].join("\n");
}
