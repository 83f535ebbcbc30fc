import type { IncomingMessage } from "node:http";

/**
 * Headers that a request may have once. RFC 9112 3.2: "A server MUST respond with a 400 (Bad Request) status code to any
 * HTTP/1.1 request message … that contains more than one Host header field line". Of the others node:http keeps the
 * first line, and a proxy in front may have read the last one: the two would see different requests.
 */
const SINGLE_FIELDS: ReadonlySet<string> = new Set([
  "authorization",
  "content-length",
  "content-type",
  "host",
  "x-api-key",
]);

/** The name of the first such header that has more than one line; `undefined` when there is none. */
export function repeatedField({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): string | undefined {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    if (!SINGLE_FIELDS.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
