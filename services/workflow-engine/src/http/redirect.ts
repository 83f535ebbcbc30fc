import type { HttpRequest, HttpResponse } from "../http-sender.ts";

/** Enough for "http to https", "add www" and "the new path". */
export const MAX_REDIRECTS = 3;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The request that follows a redirect; `undefined` for any other response. A redirect to another origin drops every header
 * that the workflow set, because an API key may have any name, unless the node has `forward_headers`.
 */
export function afterRedirect(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  const location = response.headers["location"];
  if (!REDIRECTS.has(response.status) || location === undefined) return undefined;
  const url = URL.parse(location, request.url.href);
  if (url === null) return undefined;
  request.mayFollow?.(url);
  const keepsOwn = url.origin === request.url.origin || request.forwardsOwnHeaders;
  const next: HttpRequest = { ...request, url, ownHeaders: keepsOwn ? request.ownHeaders : {} };
  return becomesGet(request, response.status) ? withoutBody(next) : next;
}

/** RFC 9110 15.4: 307 and 308 keep the method; 303 becomes GET, and by old custom so do 301 and 302 after POST. */
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

function without(headers: Readonly<Record<string, string>>, dropped: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== dropped));
}
