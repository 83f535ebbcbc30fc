/** The option `tls` of a channel from environment variables, beside those of its target. */

import type { CertificatePart } from "@agent-team/foundation/certificates";
import { type Clock, systemClock } from "@agent-team/foundation/clock";
import {
  type CertificateSource,
  describeFault,
  WatchedCertificates,
} from "@agent-team/foundation/watched-certificates";
import { ChannelError } from "./errors.ts";
import { escaped } from "./one-line.ts";
import { Status } from "./status.ts";
import type { Environment } from "./target-environment.ts";
import type { TlsOptions } from "./transport.ts";

const IGNORE = { onChange: () => {}, onFault: () => {} };

/**
 * Reads how the channel to the service with the prefix `P` encrypts:
 *
 * - `{P}_TLS`: `true` for TLS with the system's CAs, `false` for none. Default: true if another of these variables is set.
 * - `{P}_TLS_CA_FILE`: the CAs to trust instead.
 * - `{P}_TLS_CERT_FILE`, `{P}_TLS_KEY_FILE`: this client's certificate and key, for mutual TLS.
 * - `{P}_TLS_SERVER_NAME`: the name that the server's certificate must have. Default: the channel's authority.
 *
 * The names without `_FILE` hold the PEM text itself. Files are read again when they change. Undefined: plaintext.
 * @throws ChannelError `invalid_argument`, one line with the variable, its value and what is expected.
 */
export function tlsFromEnvironment(
  prefix: string,
  env: Environment,
  clock: Clock = systemClock,
): TlsOptions | undefined {
  const read = (suffix: string): string | undefined => env[`${prefix}_TLS${suffix}`]?.trim() || undefined;
  const wanted = readFlag(`${prefix}_TLS`, read(""));
  const sources = {
    cert: sourceOf(prefix, "CERT", read),
    key: sourceOf(prefix, "KEY", read),
    ca: sourceOf(prefix, "CA", read),
  };
  const serverName = read("_SERVER_NAME");
  const isNamed = serverName !== undefined || Object.values(sources).some((source) => source !== undefined);
  if (wanted === false || (wanted === undefined && !isNamed)) return undefined;
  const opened = WatchedCertificates.open(sources, clock, IGNORE);
  if (!(opened instanceof WatchedCertificates)) {
    const nameOf = (part: CertificatePart, kind: "file" | "text"): string =>
      variableOf(prefix, part.toUpperCase(), kind);
    throw new ChannelError(Status.invalidArgument, describeFault(opened, sources, nameOf));
  }
  opened.close();
  return {
    ...optionsOf("ca", sources.ca),
    ...optionsOf("cert", sources.cert),
    ...optionsOf("key", sources.key),
    serverName,
  };
}

function readFlag(name: string, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(true|1)$/i.test(text)) return true;
  if (/^(false|0)$/i.test(text)) return false;
  throw new ChannelError(Status.invalidArgument, `${name}=${escaped(text)}: expected true or false (1 or 0)`);
}

function variableOf(prefix: string, part: string, kind: "file" | "text"): string {
  return `${prefix}_TLS_${part}${kind === "file" ? "_FILE" : ""}`;
}

function sourceOf(
  prefix: string,
  part: string,
  read: (suffix: string) => string | undefined,
): CertificateSource | undefined {
  const file = read(`_${part}_FILE`);
  const text = read(`_${part}`);
  if (file !== undefined && text !== undefined) {
    const both = `${variableOf(prefix, part, "file")} and ${variableOf(prefix, part, "text")}`;
    throw new ChannelError(Status.invalidArgument, `${both} are set: expected one of them`);
  }
  if (file !== undefined) return { file };
  return text === undefined ? undefined : { text };
}

function optionsOf(part: CertificatePart, source: CertificateSource | undefined): TlsOptions {
  if (source === undefined) return {};
  return "file" in source ? { [`${part}File`]: source.file } : { [part]: source.text };
}
