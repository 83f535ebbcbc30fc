/** Answers to what is no request: it reached the server, but never a route. */

import { randomBytes } from "node:crypto";
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type RefusalReason, RequestError } from "../request/request-error.ts";
import { problemMediaType, toProblem } from "./problem.ts";

/** For a request that parsed as HTTP and makes no sense as a `Request`: an impossible `host`, a bad target. */
export function rejectRequest(): Response {
  const { status, body } = describe("MALFORMED_REQUEST", "the request target or the host header is malformed");
  return new Response(body, { status, headers: { "content-type": problemMediaType } });
}

/** For bytes that are no HTTP, or that came too late or too many: says so if it still can, and hangs up. */
export function rejectConnection(error: Error, socket: Duplex, answer: ServerResponse | undefined): void {
  const code = "code" in error ? error.code : undefined;
  // With an answer under way, a second one would read as part of it.
  if (!socket.writable || code === "ECONNRESET" || answer?.headersSent === true) return void socket.destroy();
  const { status, body } = describe(...reasonOf(code));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}

function reasonOf(code: unknown): [reason: RefusalReason, detail: string] {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["REQUEST_TIMEOUT", "the request did not arrive whole in time"];
    case "HPE_HEADER_OVERFLOW":
      return ["HEADERS_TOO_LARGE", "the headers are larger than 16 KiB"];
    default:
      return ["MALFORMED_REQUEST", "expected an HTTP/1.1 request"];
  }
}

function describe(reason: RefusalReason, detail: string): { readonly status: number; readonly body: string } {
  const { problem } = toProblem(new RequestError(reason, detail), randomBytes(16).toString("hex"));
  return { status: problem.status, body: JSON.stringify(problem) };
}
