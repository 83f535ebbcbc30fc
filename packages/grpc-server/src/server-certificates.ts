import type { SecureContextOptions } from "node:tls";
import { type CertificateTexts, leafOf } from "@agent-team/foundation/certificates";
import type { Clock } from "@agent-team/foundation/clock";
import { describeFault, WatchedCertificates } from "@agent-team/foundation/watched-certificates";
import { certificateSourcesOf, type TlsConfig, tlsVariableOf } from "./config/tls-config.ts";
import { ConfigError } from "./config-error.ts";
import type { ServerLogger } from "./server-logger.ts";

/** RFC 9113 9.2: "Implementations of HTTP/2 MUST use TLS version 1.2 or higher". */
const MIN_VERSION = "TLSv1.2";

/** The certificates that a server uses now, and the news of replaced ones. */
export interface ServerCertificates {
  readonly context: SecureContextOptions;
  /** `mutual`: clients need a certificate, too. */
  readonly kind: "server" | "mutual";
  /** Calls `listener` with each later context, when the files have changed. */
  onRenewed(listener: (context: SecureContextOptions) => void): void;
  /** Ends the watch of the files. */
  close(): void;
}

/**
 * Reads a server's certificates. Replaced files are used within 4 s; files that cannot be used are logged, and the old
 * certificates stay in use.
 * @returns undefined for a server without TLS
 * @throws ConfigError of one line that names the variable, the file and what is wrong
 */
export function openServerCertificates(
  config: TlsConfig,
  clock: Clock,
  logger: ServerLogger,
): ServerCertificates | undefined {
  const sources = certificateSourcesOf(config);
  if (sources === undefined) return undefined;
  let listener: ((context: SecureContextOptions) => void) | undefined;
  const certificates = WatchedCertificates.open(sources, clock, {
    onChange: (texts) => {
      listener?.(contextOf(texts));
      logger.info({ expires: expiryOf(texts) }, "certificates replaced");
    },
    onFault: (fault) => {
      const reason = describeFault(fault, sources, tlsVariableOf);
      logger.error({ reason }, "changed certificates cannot be used: the old ones stay in use");
    },
  });
  if (!(certificates instanceof WatchedCertificates))
    throw new ConfigError(describeFault(certificates, sources, tlsVariableOf));
  return {
    kind: sources.ca === undefined ? "server" : "mutual",
    get context() {
      return contextOf(certificates.texts);
    },
    onRenewed: (next) => {
      listener = next;
    },
    close: () => certificates.close(),
  };
}

function contextOf({ cert, key, ca }: CertificateTexts): SecureContextOptions {
  return { minVersion: MIN_VERSION, cert, key, ...(ca === undefined ? {} : { ca }) };
}

function expiryOf({ cert }: CertificateTexts): string | undefined {
  return cert === undefined ? undefined : leafOf(cert).validTo;
}
