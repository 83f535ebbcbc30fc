/**
 * Which pages may call the server. In: the origin of a page. Out: the answer to a preflight, the fields that let a page read an answer, or
 * the refusal of a page that is not on the list. https://fetch.spec.whatwg.org/#http-cors-protocol
 *
 * A client that is no browser sends no `origin` and is not concerned. The content types of both protocols always need a preflight, so a
 * foreign page reaches no handler, even without reading its answer. No credentials: a call carries its caller's identity as metadata.
 */

import { cors } from "@connectrpc/connect";
import { ConfigError } from "../config-error.ts";
import type { WebRequest, WebResponse } from "../web-request.ts";
import { textResponse } from "./text-response.ts";

/** How long a browser keeps the answer to a preflight. Chromium's own limit. */
const MAX_AGE_SECONDS = 7_200;

/** A list of names of fields, as browsers send it: RFC 9110 5.6.2. */
const FIELD_NAMES = /^[!#$%&'*+\-.^_`|~0-9A-Za-z, ]+$/;

/** The pages that may call: their origins, as browsers write them. */
export type Origins = ReadonlySet<string>;

/** @throws ConfigError of one line for a text that is no origin */
export function readOrigins(origins: readonly string[]): Origins {
  origins.forEach((origin, at) => {
    if (!isOrigin(origin))
      throw new ConfigError(
        `allowedOrigins[${at}]: expected an origin without a path, such as https://app.example.com, got ${JSON.stringify(origin)}`,
      );
  });
  return new Set(origins);
}

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** The answer to a request that reaches no handler: a preflight, or a page that is not on the list. */
export function answerByOrigin({ method, header }: WebRequest, origins: Origins): WebResponse | undefined {
  const origin = header.get("origin");
  if (origin === null) return undefined;
  if (!origins.has(origin))
    return textResponse(403, "the origin of this page is not in the server's allowedOrigins", { vary: "origin" });
  if (method !== "OPTIONS" || !header.has("access-control-request-method")) return undefined;
  return { status: 204, header: preflightFields(origin, header), body: undefined };
}

function preflightFields(origin: string, request: Headers): Headers {
  const asked = request.get("access-control-request-headers") ?? "";
  return new Headers({
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "POST",
    // Metadata has any names: a page on the list may send those that it asks for.
    "access-control-allow-headers": FIELD_NAMES.test(asked) ? asked : cors.allowedHeaders.join(", "),
    "access-control-max-age": String(MAX_AGE_SECONDS),
    vary: "origin, access-control-request-headers",
  });
}

/** Lets a page on the list read the answer, and all of its metadata. */
export function exposeTo(origin: string | null, header: Headers): void {
  if (origin === null) return;
  const names = new Set([...cors.exposedHeaders.map((name) => name.toLowerCase()), ...header.keys()]);
  header.set("access-control-allow-origin", origin);
  header.set("access-control-expose-headers", [...names].join(", "));
  header.append("vary", "origin");
}
