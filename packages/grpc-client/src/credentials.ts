/**
 * The certificates of a channel's TLS connections. In: the option `tls`. Out: the texts for the next connection, and the news
 * that changed files are in use or cannot be used. Which connections are replaced then is decided elsewhere.
 */

import type { CertificatePart, CertificateTexts } from "@agent-team/foundation/certificates";
import type { Clock } from "@agent-team/foundation/clock";
import {
  type CertificateSource,
  type CertificateSources,
  describeFault,
  WatchedCertificates,
} from "@agent-team/foundation/watched-certificates";
import { ChannelError, invalidArgument } from "./errors.ts";
import { Status } from "./status.ts";
import type { TlsCredentials, TlsOptions } from "./transport.ts";

/** Receives what becomes of changed files. */
export interface CredentialsListener {
  onRenewed(): void;
  /** One line; the old certificates stay in use. */
  onFault(reason: string): void;
}

export class ChannelCredentials implements TlsCredentials {
  readonly serverName: string | undefined;
  readonly #certificates: WatchedCertificates;

  /** @throws ChannelError `invalid_argument` that names the option, the file and what is wrong with it */
  constructor(tls: TlsOptions, clock: Clock, listener: CredentialsListener) {
    const sources = sourcesOf(tls);
    const describe = (fault: Parameters<typeof describeFault>[0]): string => describeFault(fault, sources, optionOf);
    const opened = WatchedCertificates.open(sources, clock, {
      onChange: () => listener.onRenewed(),
      onFault: (fault) => listener.onFault(describe(fault)),
    });
    if (!(opened instanceof WatchedCertificates)) throw new ChannelError(Status.invalidArgument, describe(opened));
    this.serverName = tls.serverName;
    this.#certificates = opened;
  }

  get texts(): CertificateTexts {
    return this.#certificates.texts;
  }

  /** Ends the watch of the files. */
  close(): void {
    this.#certificates.close();
  }
}

function optionOf(part: CertificatePart, kind: "file" | "text"): string {
  return `tls.${part}${kind === "file" ? "File" : ""}`;
}

function sourcesOf({ cert, certFile, key, keyFile, ca, caFile }: TlsOptions): CertificateSources {
  return {
    cert: sourceOf("cert", cert, certFile),
    key: sourceOf("key", key, keyFile),
    ca: sourceOf("ca", ca, caFile),
  };
}

function sourceOf(
  part: CertificatePart,
  pem: string | Uint8Array | undefined,
  file: string | undefined,
): CertificateSource | undefined {
  if (pem !== undefined && file !== undefined)
    throw invalidArgument(optionOf(part, "file"), `either tls.${part} or tls.${part}File`, file);
  if (file !== undefined) return { file };
  return pem === undefined ? undefined : { text: typeof pem === "string" ? pem : Buffer.from(pem).toString() };
}
