import { formatHostPort, parseHostPort } from "@agent-team/foundation/host-port";

/** Where a server listens. */
export interface ListenAddress {
  /** An address or a name, or `unix:/path`. */
  readonly host: string;
  /** 0 lets the system pick a free one. For a Unix socket without meaning. */
  readonly port: number;
}

/** Schemes of grpc-js that name an address. */
const SCHEME = /^(?:dns:(?:\/\/\/)?|ipv4:|ipv6:)(?=.)/;

const UNIX = /^unix:(?:\/\/)?(?=\/)/;

const PORT_0 = /^(?<host>.+):0$/;

/**
 * The address of `bindAsync`: `host:port`, `[::]:port`, or `unix:/path`.
 * @throws Error that names the text and what is expected
 */
export function parseListenAddress(text: string): ListenAddress {
  if (UNIX.test(text)) return { host: text.replace(UNIX, "unix:"), port: 0 };
  const address = text.replace(SCHEME, "");
  // Port 0 is no port of a target, but one to listen on.
  const { host } = PORT_0.exec(address)?.groups ?? {};
  const parsed = parseHostPort(host === undefined ? address : `${host}:1`);
  if ("value" in parsed) return host === undefined ? parsed.value : { ...parsed.value, port: 0 };
  throw new Error(`Could not parse port ${JSON.stringify(text)}: expected host:port or unix:/path`);
}

/** One text for each address. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.startsWith("unix:") ? host : formatHostPort({ host, port });
}
