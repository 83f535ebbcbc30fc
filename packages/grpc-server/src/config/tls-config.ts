import type { CertificatePart } from "@agent-team/foundation/certificates";
import type { CertificateSource, CertificateSources } from "@agent-team/foundation/watched-certificates";
import { ConfigError } from "../config-error.ts";

/**
 * Variables of a server's TLS. Each is the path of a PEM file or, by the name without `_FILE`, the PEM text, as ECS passes
 * a secret. Without TLS_CERT and TLS_KEY the server speaks plaintext.
 */
export interface TlsConfig {
  /** The server's certificate, followed by the intermediate ones. */
  readonly TLS_CERT_FILE: string | undefined;
  readonly TLS_CERT: string | undefined;
  /** The certificate's private key, without a passphrase. */
  readonly TLS_KEY_FILE: string | undefined;
  readonly TLS_KEY: string | undefined;
  /** The CAs of clients' certificates. With it each client must have one (mutual TLS). Default: clients need none. */
  readonly TLS_CLIENT_CA_FILE: string | undefined;
  readonly TLS_CLIENT_CA: string | undefined;
}

const VARIABLES: Readonly<Record<CertificatePart, { readonly file: keyof TlsConfig; readonly text: keyof TlsConfig }>> =
  {
    cert: { file: "TLS_CERT_FILE", text: "TLS_CERT" },
    key: { file: "TLS_KEY_FILE", text: "TLS_KEY" },
    ca: { file: "TLS_CLIENT_CA_FILE", text: "TLS_CLIENT_CA" },
  };

/** The variable of a part of a server's certificates. */
export function tlsVariableOf(part: CertificatePart, kind: "file" | "text"): string {
  return VARIABLES[part][kind];
}

/**
 * The sources of a server's certificates; undefined: plaintext.
 * @throws ConfigError for a part that is set twice, and for clients' CAs without a certificate of the server
 */
export function certificateSourcesOf(config: TlsConfig): CertificateSources | undefined {
  const [cert, key, ca] = (["cert", "key", "ca"] as const).map((part) => sourceOf(config, part));
  if (cert !== undefined || key !== undefined) return { cert, key, ca };
  if (ca === undefined) return undefined;
  const variable = tlsVariableOf("ca", "file" in ca ? "file" : "text");
  throw new ConfigError(
    `${variable} is set without TLS_CERT_FILE and TLS_KEY_FILE: expected all three, or none for plaintext`,
  );
}

function sourceOf(config: TlsConfig, part: CertificatePart): CertificateSource | undefined {
  const { file: fileVariable, text: textVariable } = VARIABLES[part];
  const file = config[fileVariable];
  const text = config[textVariable];
  if (file !== undefined && text !== undefined)
    throw new ConfigError(`${fileVariable} and ${textVariable} are set: expected one of them`);
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}
