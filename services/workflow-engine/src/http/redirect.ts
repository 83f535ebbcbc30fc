import type { HttpRequest, HttpResponse } from "./exchange.ts";

/** Enough for "http to https", "add www" and "the new path"; more is a loop or a maze. */
export const maxRedirects = 3;

/** What a person gave to one host and not to the next. */
const credentialHeaders = ["authorization", "cookie", "proxy-authorization"];

/** The request that a response sends us on with; `undefined` when it is the answer itself. */
export function afterRedirect(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  const location = response.headers["location"];
  if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return undefined;
  const url = URL.parse(location, request.url.href);
  if (url === null) return undefined;
  const headers = url.origin === request.url.origin ? request.headers : without(request.headers, credentialHeaders);
  if (!becomesGet(request, response.status)) return { ...request, url, headers };
  return { url, method: "GET", headers: without(headers, ["content-type"]), body: undefined };
}

/** RFC 9110 15.4.2 ff.: 307 and 308 keep the method; 303, and by old custom 301 and 302 after POST, become GET. */
function becomesGet({ method }: HttpRequest, status: number): boolean {
  if (method === "GET" || method === "HEAD") return false;
  return status === 303 || (method === "POST" && (status === 301 || status === 302));
}

function without(
  headers: Readonly<Record<string, string>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())));
}
