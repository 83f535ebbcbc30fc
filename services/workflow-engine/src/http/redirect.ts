import type { HttpRequest, HttpResponse } from "./exchange.ts";

/** Enough for "http to https", "add www" and "the new path"; more is a loop or a maze. */
export const maxRedirects = 3;

/**
 * The request that a response sends us on with; `undefined` when it is the answer itself. A redirect to another origin
 * drops every header that the workflow set, unless the node says otherwise: an API key may have any name.
 */
export function afterRedirect(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  const location = response.headers["location"];
  if (![301, 302, 303, 307, 308].includes(response.status) || location === undefined) return undefined;
  const url = URL.parse(location, request.url.href);
  if (url === null) return undefined;
  const keepsOwn = url.origin === request.url.origin || request.forwardsOwnHeaders;
  const next: HttpRequest = { ...request, url, ownHeaders: keepsOwn ? request.ownHeaders : {} };
  return becomesGet(request, response.status) ? withoutBody(next) : next;
}

/** RFC 9110 15.4.2 ff.: 307 and 308 keep the method; 303, and by old custom 301 and 302 after POST, become GET. */
function becomesGet({ method }: HttpRequest, status: number): boolean {
  if (method === "GET" || method === "HEAD") return false;
  return status === 303 || (method === "POST" && (status === 301 || status === 302));
}

function withoutBody({ headers, ownHeaders, ...request }: HttpRequest): HttpRequest {
  return {
    ...request,
    method: "GET",
    headers: without(headers, "content-type"),
    ownHeaders: without(ownHeaders, "content-type"),
    body: undefined,
  };
}

/** Names of headers are in lower case here. */
function without(headers: Readonly<Record<string, string>>, dropped: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== dropped));
}
