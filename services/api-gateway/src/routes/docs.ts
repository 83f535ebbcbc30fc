import { Hono } from "hono";
import type { GatewayEnv } from "../gateway-env.ts";
import { openApiDocument } from "../openapi/document.ts";
import { documentPage } from "../openapi/page.ts";
import { OPERATIONS } from "./operations.ts";

const PAGE_HEADERS = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  "content-type": "text/html; charset=utf-8",
};

/** The OpenAPI document, for programs and for people. It is the same for every caller, so it needs no credential. */
export function docsRoutes(): Hono<GatewayEnv> {
  const routes = new Hono<GatewayEnv>();
  const document = openApiDocument(OPERATIONS);
  const [json, page] = [JSON.stringify(document), documentPage(document)];
  routes.get("/openapi.json", (context) => context.body(json, 200, { "content-type": "application/json" }));
  routes.get("/docs", (context) => context.body(page, 200, PAGE_HEADERS));
  return routes;
}
