import { type PageDocument, PageMissing } from "@agent-team/page";
import { Hono } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { RequestError } from "../request-error.ts";

/** The page for people, at `/`. It is the same for every caller, so it needs no credential; its calls of the API do. */
export function pageRoutes(loadPage: () => Promise<PageDocument>): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();
  routes.get("/", async (context) => {
    const page = await loadPage().catch(refuse);
    const headers = headersOf(page);
    if (context.req.header("if-none-match")?.includes(page.etag) === true) return context.body(null, 304, headers);
    const isCompressed = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "");
    if (!isCompressed) return context.body(page.html, 200, headers);
    return context.body(page.gzipped, 200, { ...headers, "content-encoding": "gzip" });
  });
  return routes;
}

/** 404 and not 503: it does not come by waiting. */
function refuse(error: unknown): never {
  if (error instanceof PageMissing) throw new RequestError("PAGE_MISSING", error.message, { cause: error });
  throw error;
}

function headersOf({ etag, contentSecurityPolicy }: PageDocument): Record<string, string> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy,
    "cross-origin-opener-policy": "same-origin",
    // It is asked for each time, and answered with 304 until the gateway has another version.
    "cache-control": "no-cache",
    vary: "accept-encoding",
    etag,
  };
}
