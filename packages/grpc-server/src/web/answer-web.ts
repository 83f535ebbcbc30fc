/**
 * gRPC-Web and Connect beside gRPC, for browsers. In: HTTP requests that are no gRPC calls. Out: their answers, which Connect's handlers
 * write: https://connectrpc.com/docs/protocol. It never sees a connection, and every call goes through the same routes as one of gRPC.
 */

import type { Clock } from "@agent-team/foundation/clock";
import { Code, ConnectError, createContextValues } from "@connectrpc/connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc-web";
import { type LimitCounts, MAX_REQUEST_MS } from "../limits.ts";
import type { AnswerWeb, WebRequest, WebResponse } from "../web-request.ts";
import { answerByOrigin, exposeTo, type Origins } from "./cors.ts";
import { createMethodHandlers, type MethodHandler, type MethodHandlersInit } from "./method-handlers.ts";
import { isText, toBinaryRequest, toTextResponse } from "./text-format.ts";
import { textResponse } from "./text-response.ts";
import { timelyBody } from "./timely-body.ts";
import { takeTimeout } from "./timeout.ts";
import { webCallFactsKey } from "./web-call.ts";

const GRPC_WEB = /^application\/grpc-web(?:$|[+;-])/i;

export interface AnswerWebInit extends MethodHandlersInit {
  readonly clock: Clock;
  readonly limits: LimitCounts;
  readonly origins: Origins;
  readonly scheme: "http" | "https";
}

export function createAnswerWeb(init: AnswerWebInit): AnswerWeb {
  const handlers = createMethodHandlers(init);
  return async (request) => {
    const early = answerByOrigin(request, init.origins);
    if (early !== undefined) return early;
    const response = await answer(request, handlers, init);
    exposeTo(request.header.get("origin"), response.header);
    return response;
  };
}

async function answer(
  request: WebRequest,
  handlers: ReadonlyMap<string, MethodHandler>,
  init: AnswerWebInit,
): Promise<WebResponse> {
  // Connect's GET is not offered: a page without a preflight could send it.
  if (request.method !== "POST") return textResponse(405, "expected POST", { allow: "POST" });
  const handler = handlers.get(pathnameOf(request.path));
  if (handler === undefined) return unimplemented(request);
  const url = `${init.scheme}://${request.authority}${request.path}`;
  if (!URL.canParse(url)) return textResponse(400, "the request does not name the host that it is for");
  if (!isText(request)) return handle(request, url, handler, init);
  return toTextResponse(await handle(toBinaryRequest(request), url, handler, init));
}

async function handle(
  request: WebRequest,
  url: string,
  { handle: connect, streamsRequests }: MethodHandler,
  { clock, limits }: AnswerWebInit,
): Promise<WebResponse> {
  const { httpVersion, method, authority, header, signal } = request;
  const timeoutMs = takeTimeout(header, GRPC_WEB.test(header.get("content-type") ?? ""));
  const maxMs = Math.min(MAX_REQUEST_MS, timeoutMs);
  const onSlow = (): void => void (maxMs === MAX_REQUEST_MS && limits.didReach("slow-request"));
  const facts = {
    path: pathnameOf(request.path),
    authority,
    deadlineMs: clock.now() + timeoutMs,
    peerCertificate: () => request.peerCertificate(),
  };
  const {
    status,
    header: fields = new Headers(),
    body,
  } = await connect({
    httpVersion,
    method,
    url,
    header,
    signal,
    body: streamsRequests ? request.body : timelyBody(request.body, { clock, maxMs, onSlow }),
    contextValues: createContextValues().set(webCallFactsKey, facts),
  });
  return { status, header: fields, body };
}

/** gRPC-Web has a status without a body, as gRPC's "Trailers-Only". Connect: "404 Not Found" is unimplemented. */
function unimplemented({ header }: WebRequest): WebResponse {
  const text = "the server does not implement this method";
  const type = header.get("content-type") ?? "";
  if (!GRPC_WEB.test(type)) return textResponse(404, text);
  const status = setTrailerStatus(new Headers({ "content-type": type }), new ConnectError(text, Code.Unimplemented));
  return { status: 200, header: status, body: undefined };
}

function pathnameOf(path: string): string {
  return path.split("?", 1)[0] ?? "";
}
