/**
 * Credentials of a server. Those of grpc-js are read, too: they show their certificates to servers by members whose names begin with an
 * underscore, and call back when these are replaced.
 */

import type { SecureContextOptions } from "node:tls";
import type { GrpcJsInterceptor, GrpcJsServerCredentials } from "./types.ts";

/** RFC 9113 9.2: "Implementations of HTTP/2 MUST use TLS version 1.2 or higher". */
const MIN_VERSION = "TLSv1.2";

/** A private key and its certificate, in PEM. */
export interface KeyCertPair {
  readonly private_key: Buffer;
  readonly cert_chain: Buffer;
}

/** TLS of a listening socket. */
export interface ServerTls {
  readonly context: SecureContextOptions;
  readonly asksForCertificate: boolean;
}

/** What a server needs of its credentials. */
export interface ReadCredentials {
  /** Undefined: plaintext. */
  readonly tls: ServerTls | undefined;
  readonly interceptors: readonly GrpcJsInterceptor[];
  /** Calls `onContext` when the certificates are replaced. Returns the function that ends that. */
  readonly watch: (onContext: (context: SecureContextOptions) => void) => () => void;
}

/** Whether the clients of a server speak TLS, and with which certificates. */
export class ServerCredentials implements GrpcJsServerCredentials {
  readonly #tls: ServerTls | undefined;

  private constructor(tls: ServerTls | undefined) {
    this.#tls = tls;
  }

  /** Plaintext. */
  static createInsecure(): ServerCredentials {
    return new ServerCredentials(undefined);
  }

  /**
   * TLS 1.2 or 1.3.
   * @param rootCerts CAs of clients' certificates, in PEM; null: those of Node
   * @param checkClientCertificate whether clients need a certificate that one of them has signed. Default false
   * @throws TypeError that names the argument of a wrong type; Error of Node for a certificate or key that cannot be used
   */
  static createSsl(
    rootCerts: Buffer | null,
    keyCertPairs: readonly KeyCertPair[],
    checkClientCertificate = false,
  ): ServerCredentials {
    if (rootCerts !== null && !Buffer.isBuffer(rootCerts)) throw new TypeError("rootCerts must be null or a Buffer");
    if (!Array.isArray(keyCertPairs)) throw new TypeError("keyCertPairs must be an array");
    if (typeof checkClientCertificate !== "boolean") throw new TypeError("checkClientCertificate must be a boolean");
    keyCertPairs.forEach(checkPair);
    const context = {
      cert: keyCertPairs.map(({ cert_chain: cert }) => cert),
      key: keyCertPairs.map(({ private_key: key }) => key),
      ...(rootCerts === null ? {} : { ca: rootCerts }),
    };
    return new ServerCredentials({ context, asksForCertificate: checkClientCertificate });
  }

  _isSecure(): boolean {
    return this.#tls !== undefined;
  }

  _getSecureContextOptions(): SecureContextOptions | null {
    return this.#tls?.context ?? null;
  }

  _getConstructorOptions(): { readonly requestCert: boolean } | null {
    return this.#tls === undefined ? null : { requestCert: this.#tls.asksForCertificate };
  }
}

function checkPair(pair: unknown, at: number): void {
  if (pair === null || typeof pair !== "object") throw new TypeError(`keyCertPair[${at}] must be an object`);
  const { private_key: key, cert_chain: cert } = pair as Partial<KeyCertPair>;
  if (!Buffer.isBuffer(key)) throw new TypeError(`keyCertPair[${at}].private_key must be a Buffer`);
  if (!Buffer.isBuffer(cert)) throw new TypeError(`keyCertPair[${at}].cert_chain must be a Buffer`);
}

/** The members of grpc-js's credentials that some version has: `_getSettings` until 1.10, the others since. */
interface Members extends GrpcJsServerCredentials {
  _getSettings?(): TlsSettings | null;
  _getSecureContextOptions?(): SecureContextOptions | null;
  _getConstructorOptions?(): TlsSettings | null;
  _getInterceptors?(): readonly GrpcJsInterceptor[];
  _addWatcher?(watcher: (context: SecureContextOptions | null) => void): void;
  _removeWatcher?(watcher: (context: SecureContextOptions | null) => void): void;
}

type TlsSettings = SecureContextOptions & { readonly requestCert?: boolean };

/** @throws TypeError for a value that is no credentials, and Error for credentials whose certificates cannot be read */
export function readCredentials(credentials: GrpcJsServerCredentials): ReadCredentials {
  const members = credentials as Members | null | undefined;
  if (typeof members?._isSecure !== "function") throw new TypeError("creds must be a ServerCredentials object");
  const interceptors = members._getInterceptors?.() ?? [];
  if (!members._isSecure()) return { tls: undefined, interceptors, watch: () => () => {} };
  const settings = settingsOf(members);
  if (settings === undefined)
    throw new Error(
      "the certificates of these credentials cannot be read, or are not there yet: expected ServerCredentials.createSsl",
    );
  const { requestCert = false, ...context } = settings;
  const tls = { context: withVersion(context), asksForCertificate: requestCert };
  return { tls, interceptors, watch: (onContext) => watch(members, onContext) };
}

function settingsOf(members: Members): TlsSettings | undefined {
  const context = members._getSecureContextOptions?.();
  if (context !== undefined && context !== null) return { ...members._getConstructorOptions?.(), ...context };
  return members._getSettings?.() ?? undefined;
}

/** Certificates that cannot be used at the moment are null: the old ones stay in use. */
function watch(members: Members, onContext: (context: SecureContextOptions) => void): () => void {
  const watcher = (context: SecureContextOptions | null): void => {
    if (context !== null) onContext(withVersion(context));
  };
  members._addWatcher?.(watcher);
  return () => members._removeWatcher?.(watcher);
}

function withVersion(context: SecureContextOptions): SecureContextOptions {
  return { minVersion: MIN_VERSION, ...context };
}
