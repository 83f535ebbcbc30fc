/**
 * What every HTTP listener of the local cloud asks before it answers. A web page can reach this machine's loopback
 * addresses: by a name of its own that resolves to 127.0.0.1 (DNS rebinding), which its `Host` shows, and by a form or
 * `fetch` that it sends across origins, which `Origin` shows. Programs, SDKs and `curl` send neither.
 */

import type { IncomingMessage } from "node:http";

/** Why a request is refused, in one line; undefined for one that comes from this machine's own programs. */
export function foreignRequest({ headers }: IncomingMessage): string | undefined {
  const { host, origin } = headers;
  if (host === undefined || !isLoopback(host))
    return `Host: expected a loopback address or localhost, got ${host ?? "none"}`;
  if (origin === undefined) return undefined;
  // A page without an origin of its own, such as one in a sandbox or of a file, sends "null".
  const [, authority] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
  if (authority !== undefined && isLoopback(authority)) return undefined;
  return `Origin: expected none, or one of a loopback address, got ${origin}`;
}

/** RFC 6761 6.3: names below `localhost` are this machine's. SDKs put `data-` before the host of an endpoint. */
function isLoopback(authority: string): boolean {
  const host = authority.replace(/:\d*$/, "").toLowerCase();
  return /^(data-)?((.+\.)?localhost\.?|127(\.\d{1,3}){3}|\[::1\])$/.test(host);
}
