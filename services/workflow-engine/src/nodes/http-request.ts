import { NodeType } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { z } from "zod";
import { cutText } from "../cut-text.ts";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { HttpRequest, HttpResponse } from "../http-sender.ts";
import { NodeFailure } from "../node-failure.ts";
import type { NodeContext, NodeKind, NodeResult } from "../node-kind.ts";
import { checked, url } from "./fields.ts";
import { isRetryableStatus } from "./http-status.ts";

/** Headers of the connection. A workflow that sets one could make a proxy and a server read two different requests. */
const RESERVED_HEADERS: readonly string[] = [
  "connection",
  "content-length",
  "expect",
  "host",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** RFC 9110 5.1: a token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\b/i;

const headerName = z.string().superRefine((name, context) => {
  const isReserved = RESERVED_HEADERS.includes(name.toLowerCase());
  if (!isReserved && HEADER_NAME.test(name)) return;
  const message = isReserved ? `the header ${name} is set by the engine` : "expected the name of a header";
  context.addIssue({ code: "custom", message, params: { code: "BAD_HEADER" } });
});

const configuration = z.strictObject({
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).describe("The method of the request."),
  url: url("The URL of the request:"),
  headers: z
    .record(headerName, z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("Headers of the request. The engine adds Idempotency-Key when it is not among them."),
  forward_headers: z
    .boolean()
    .optional()
    .describe(
      "Whether the headers are also sent to another origin when the server redirects to it. Default false: they may be credentials.",
    ),
  body: z
    .unknown()
    .optional()
    .describe("Any JSON, sent as JSON; a string is sent as text. Any string in it may be an expression."),
});

export const httpRequest: NodeKind = {
  type: NodeType.ACTION,
  subtype: "HTTP_REQUEST",
  description:
    "Sends an HTTP request. Its output is { status, headers, body }, with the body parsed when it is JSON. A status of 400 or above fails the node.",
  configuration,
  takesSecrets: true,
  outputKeys: [DEFAULT_OUTPUT],
  run: sendRequest,
};

async function sendRequest(context: NodeContext): Promise<NodeResult> {
  const request = requestOf(context);
  const response = await context.http.send(request, context.signal);
  if (response.status >= 400) throw statusFailure(request, response.status);
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, text]) => [cutText(name), cutText(text)]),
  );
  return { outputKey: DEFAULT_OUTPUT, output: { status: response.status, headers, body: bodyOf(response) } };
}

/** Checks the configuration again, now with the values of its expressions. */
function requestOf({ configuration: values, idempotencyKey }: NodeContext): HttpRequest {
  const {
    method,
    url: target,
    headers = {},
    forward_headers: forwardsOwnHeaders = false,
    body,
  } = checked(configuration, values);
  const parsed = URL.parse(target);
  if (parsed === null) throw new NodeFailure("INVALID_CONFIGURATION", `url: ${target} is not a URL`);
  return {
    method,
    url: parsed,
    headers: {
      "idempotency-key": idempotencyKey,
      ...(body === undefined ? {} : { "content-type": contentTypeFor(body) }),
    },
    ownHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    forwardsOwnHeaders,
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  };
}

function contentTypeFor(body: unknown): string {
  return typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
}

function bodyOf({ headers, body }: HttpResponse): JsonValue {
  if (body.byteLength === 0) return null;
  const text = body.toString("utf8");
  if (!JSON_TYPE.test(headers["content-type"] ?? "")) return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text; // not JSON, against its content type
  }
}

function statusFailure({ method, url: { origin, pathname } }: HttpRequest, status: number): NodeFailure {
  const retryable = isRetryableStatus(status);
  return new NodeFailure("HTTP_STATUS", `${method} ${origin}${pathname} answered ${status}`, { retryable });
}
