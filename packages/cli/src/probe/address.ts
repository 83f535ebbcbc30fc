import { FlagError } from "./flag-error.ts";

/** Where the probe asks. */
export type Address =
  | { readonly kind: "grpc"; readonly host: string; readonly port: number; readonly text: string }
  /** The health page of a server that speaks no gRPC. */
  | { readonly kind: "http"; readonly url: URL; readonly text: string };

/**
 * Reads `-addr`: `host:port`, `[::1]:port` or `:port` on this machine; `http://host:port/path` for a health page, which
 * the original does not know.
 * @throws FlagError
 */
export function parseAddress(text: string | undefined): Address {
  if (text === undefined || text === "") throw new FlagError("-addr is missing: expected host:port");
  if (text.startsWith("http://") && URL.canParse(text)) return { kind: "http", url: new URL(text), text };
  const [, ipv6, host, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535) throw new FlagError(`-addr=${text}: expected host:port`);
  return { kind: "grpc", host: ipv6 ?? (host || "localhost"), port: Number(port), text };
}
