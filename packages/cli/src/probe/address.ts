import type { IpcSocketConnectOpts, TcpSocketConnectOpts } from "node:net";
import { FlagError } from "./flag-error.ts";

/** The address that is probed. */
export type Address = GrpcAddress | HttpAddress;

export interface GrpcAddress {
  readonly kind: "grpc";
  readonly socket: Readonly<Pick<TcpSocketConnectOpts, "host" | "port">> | Readonly<Pick<IpcSocketConnectOpts, "path">>;
  readonly authority: string;
  readonly text: string;
}

/** The health page of a server without gRPC. */
interface HttpAddress {
  readonly kind: "http";
  readonly url: URL;
  readonly text: string;
}

/**
 * Parses `-addr`: `host:port`, `[::1]:port` or `:port` on this machine, also with the prefix `dns:///`; `unix:PATH` or
 * `unix:///PATH`; and `http://host:port/path` for a health page, which the original probe does not support.
 * @throws FlagError
 */
export function parseAddress(text: string | undefined): Address {
  if (text === undefined || text === "") throw new FlagError("-addr is missing: expected host:port");
  if (/^http:\/\//i.test(text) && URL.canParse(text)) return { kind: "http", url: new URL(text), text };
  const path = unixPath(text);
  // As in gRPC clients: the authority of a Unix socket is localhost.
  if (path !== undefined) return { kind: "grpc", socket: { path }, authority: "localhost", text };
  const address = text.replace(/^(?:dns|passthrough):\/{3}/i, "");
  const [, ipv6, host, portText] = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(address) ?? [];
  const port = Number(portText ?? 0);
  if (port < 1 || port > 65_535)
    throw new FlagError(`-addr=${text}: expected host:port, unix:PATH or http://host:port/path`);
  return { kind: "grpc", socket: { host: ipv6 ?? (host || "localhost"), port }, authority: address, text };
}

/** gRPC, "Name Resolution": `unix:path`, relative or absolute, and `unix:///absolute_path`. */
function unixPath(text: string): string | undefined {
  return /^unix:(?:\/\/(?=\/))?(?!\/\/)(.+)$/i.exec(text)?.[1];
}
