/** `host:port` as people write it, in targets and variables. */

let net: typeof import("node:net") | undefined;

/** Not by an import, which would cost each start of a client 5 ms: its sockets need the module later, if there are any. */
const netOfNode = (): typeof import("node:net") => (net ??= process.getBuiltinModule("node:net"));

/** An address as text and number. */
export interface HostPort {
  /** A name or an IP address; IPv6 without its brackets. */
  readonly host: string;
  readonly port: number;
}

/** The result of a parser. `error` is the expectation; the caller adds where the text came from. */
export type Parsed<T> = { readonly value: T } | { readonly error: string };

const EXPECTED_PORT = "expected a port, an integer from 1 to 65535";
const EXPECTED_HOST = "expected a host name or an IP address";

/** RFC 3986 3.1, before "//". gRPC's own schemes may stand without it; a port in their place would be a number. */
const SCHEME = /^(?:([a-z][a-z0-9+.-]*):\/\/|(dns|ipv4|ipv6|unix|unix-abstract|cloudmap|env):(?!\d+$))/i;

/** RFC 1123 2.1, and the underscore, which service names carry (`_grpc._tcp.…`). */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;

/** `10.0.10.7:50051`, `name:50051`, `[fd00::7]:50051`; the port may be missing. A scheme is refused, not removed. */
export function parseHostAndPort(text: string): Parsed<{ readonly host: string; readonly port: number | undefined }> {
  const scheme = schemeOf(text);
  if (scheme !== undefined) return { error: `expected host or host:port without a scheme, got the scheme ${scheme}` };
  const [, bracketed, plain, port] = /^(?:\[(.*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) return { error: `${EXPECTED_HOST} (IPv6 in brackets), then :port` };
  if (bracketed === undefined ? !isHost(host) : netOfNode().isIP(host) !== 6) return { error: EXPECTED_HOST };
  if (port === undefined) return { value: { host, port: undefined } };
  const number = parsePort(port);
  return "error" in number ? number : { value: { host, port: number.value } };
}

/** `10.0.10.7:50051`, `[fd00::7]:50051`: the form that `parseHostPort` reads. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Like `parseHostAndPort`, with a port that must be there. */
export function parseHostPort(text: string): Parsed<HostPort> {
  const parsed = parseHostAndPort(text);
  if ("error" in parsed) return parsed;
  const { host, port } = parsed.value;
  return port === undefined ? { error: "expected host:port" } : { value: { host, port } };
}

/** A port in decimal digits, 1 to 65535. */
export function parsePort(text: string): Parsed<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? { value: port } : { error: EXPECTED_PORT };
}

/** The scheme of a URI or of a gRPC target, as written; undefined for an address. */
export function schemeOf(text: string): string | undefined {
  const [, ofUri, ofTarget] = SCHEME.exec(text) ?? [];
  return ofUri ?? ofTarget;
}

/** A dotted name whose last label is a number can only be meant as an address, so `10.0.0.300` is no host. */
function isHost(text: string): boolean {
  if (isIpv4Address(text)) return true;
  const labels = text.replace(/\.$/, "").split(".");
  return text.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? "");
}

/** Whether the text is an IPv4 address. */
export function isIpv4Address(host: string): boolean {
  return netOfNode().isIPv4(host);
}

/** Whether the text is an IPv4 address, or an IPv6 address without brackets. */
export function isIpAddress(host: string): boolean {
  return netOfNode().isIP(host) !== 0;
}

/** RFC 6761 6.3: such names mean this machine, and name servers are not to be asked about them. */
export function isLocalhost(host: string): boolean {
  return /(^|\.)localhost\.?$/i.test(host);
}
