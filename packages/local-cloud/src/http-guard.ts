/**
 * Refuses requests of web pages. Every HTTP listener of the local cloud calls it before it reads a request. A page can reach
 * loopback addresses with a name that resolves to 127.0.0.1 (DNS rebinding), which the `Host` header shows, and with a form
 * or a cross-origin `fetch`, which the `Origin` header shows. Programs, SDKs and `curl` send neither.
 */

import type { IncomingMessage } from "node:http";

/**
 * The reason for which a request is refused, in one line; undefined for a request that is accepted.
 * `allowedHosts`: further names of this machine, in lower case and without a port.
 */
export function foreignRequest({ headers }: IncomingMessage, allowedHosts: readonly string[] = []): string | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isThisMachine(host, allowedHosts))
    return `Host ${quote(host)}: expected localhost, a loopback address or a name of ALLOWED_HOSTS`;
  if (origin === undefined) return undefined;
  // A page with an opaque origin (a sandboxed frame, a file) sends "null".
  const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  if (authority !== undefined && isThisMachine(authority, allowedHosts)) return undefined;
  return `Origin ${quote(origin)}: expected none, or one on loopback or of ALLOWED_HOSTS`;
}

/** RFC 6761 6.3: names below `localhost` are loopback. SDKs prefix the host of an endpoint with `data-`. */
function isThisMachine(authority: string, allowedHosts: readonly string[]): boolean {
  const host = authority
    .replace(/:\d*$/, "")
    .toLowerCase()
    .replace(/^data-/, "");
  return allowedHosts.includes(host) || /^((.+\.)?localhost\.?|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}

function quote(value: string | undefined): string {
  return value === undefined ? "is missing" : JSON.stringify(value.slice(0, 100));
}
