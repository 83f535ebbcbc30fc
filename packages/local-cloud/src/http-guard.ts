/**
 * The check of every HTTP listener of the local cloud, before a request is read. A web page can reach this machine's loopback
 * addresses: by a name of its own that resolves to 127.0.0.1 (DNS rebinding), which its `Host` shows, and by a form or a
 * `fetch` across origins, which `Origin` shows. Programs, SDKs and `curl` send neither.
 */

import type { IncomingMessage } from "node:http";

/**
 * The reason why a request is refused, in one line; undefined for a request of this machine's own programs.
 * `allowedHosts`: further names of this machine, in lower case and without a port.
 */
export function foreignRequest({ headers }: IncomingMessage, allowedHosts: readonly string[] = []): string | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isOurs(host, allowedHosts))
    return `Host ${quote(host)}: expected localhost, a loopback address or a name of ALLOWED_HOSTS`;
  if (origin === undefined) return undefined;
  // A page without an origin of its own, such as one in a sandbox or of a file, sends "null".
  const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  if (authority !== undefined && isOurs(authority, allowedHosts)) return undefined;
  return `Origin ${quote(origin)}: expected none, or one on loopback or of ALLOWED_HOSTS`;
}

/** RFC 6761 6.3: names below `localhost` are this machine's. SDKs put `data-` before the host of an endpoint. */
function isOurs(authority: string, allowedHosts: readonly string[]): boolean {
  const host = authority
    .replace(/:\d*$/, "")
    .toLowerCase()
    .replace(/^data-/, "");
  return allowedHosts.includes(host) || /^((.+\.)?localhost\.?|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}

function quote(value: string | undefined): string {
  return value === undefined ? "is missing" : JSON.stringify(value.slice(0, 100));
}
