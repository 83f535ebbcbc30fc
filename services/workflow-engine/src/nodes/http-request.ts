import { NodeType } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import type { HttpRequest, HttpResponse } from "../http/http-client.ts";
import { NodeFailure } from "../run/node-failure.ts";
import { cutText } from "../text.ts";
import { url } from "./fields.ts";
import type { NodeContext, NodeKind, NodeResult } from "./node-kind.ts";

/** Headers that belong to the connection, and would let a workflow say one thing to a proxy and another to a server. */
const reservedHeaders = [
  "connection",
  "content-length",
  "expect",
  "host",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const headerName = z.string().superRefine((name, context) => {
  const isReserved = reservedHeaders.includes(name.toLowerCase());
  if (!isReserved && /^[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name)) return;
  const message = isReserved ? `the header ${name} is set by the engine` : "this is no header name";
  context.addIssue({ code: "custom", message, params: { code: "BAD_HEADER" } });
});

const configuration = z.strictObject({
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).describe("The request's method."),
  url: url("Where the request goes:"),
  headers: z
    .record(headerName, z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe("Headers of the request. Idempotency-Key is filled in when it is not among them."),
  forward_headers: z
    .boolean()
    .optional()
    .describe(
      "Whether the headers go along when the server redirects to another origin. Default false: they may be credentials.",
    ),
  body: z
    .unknown()
    .optional()
    .describe("Any JSON, sent as such; a string is sent as text. Expressions may stand anywhere in it."),
});

export const httpRequest: NodeKind = {
  type: NodeType.ACTION,
  subtype: "HTTP_REQUEST",
  description:
    "Sends an HTTP request. Its output is { status, headers, body }, with the body parsed when it is JSON. A status of 400 or above fails the node.",
  configuration,
  outputKeys: [defaultOutput],
  run: sendRequest,
};

async function sendRequest(context: NodeContext): Promise<NodeResult> {
  const request = requestOf(context);
  const response = await context.http.send(request, context.signal);
  if (response.status >= 400) throw statusFailure(request, response.status);
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, text]) => [cutText(name), cutText(text)]),
  );
  return { outputKey: defaultOutput, output: { status: response.status, headers, body: bodyOf(response) } };
}

/** Checks again: only now do the expressions have values. */
function requestOf({ configuration: values, idempotencyKey }: NodeContext): HttpRequest {
  const read = configuration.safeParse(values);
  if (!read.success) {
    const issue = read.error.issues[0];
    throw new NodeFailure("INVALID_CONFIGURATION", `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`);
  }
  const { method, url: target, headers = {}, forward_headers: forwardsOwnHeaders = false, body } = read.data;
  const parsed = URL.parse(target);
  if (parsed === null) throw new NodeFailure("INVALID_CONFIGURATION", `url: ${target} is no URL`);
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
  if (!/^application\/([a-z0-9.+-]+\+)?json\b/i.test(headers["content-type"] ?? "")) return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text; // it called itself JSON; the text is what we have
  }
}

function statusFailure({ method, url: { origin, pathname } }: HttpRequest, status: number): NodeFailure {
  // Too early, too many, timed out: what a later attempt may meet differently. Other 4xx stay as they are.
  const retryable = status >= 500 || [408, 425, 429].includes(status);
  return new NodeFailure("HTTP_STATUS", `${method} ${origin}${pathname} answered ${status}`, { retryable });
}
