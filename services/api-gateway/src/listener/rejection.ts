/** Responses to requests that the server cannot pass to a route. */

import { randomBytes } from "node:crypto";
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { toProblem } from "../problem.ts";
import { type RefusalReason, RequestError } from "../request-error.ts";

interface Rejection {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** For valid HTTP that makes no valid `Request`: an impossible `host`, a malformed target. */
export function rejectRequest(): Response {
  const { status, headers, body } = describe("MALFORMED_REQUEST", "the request target or the host header is malformed");
  return new Response(body, { status, headers });
}

/** For a header that may stand once and stands twice. Closes the connection: the sender's framing is in doubt. */
export function rejectRepeatedField(response: ServerResponse, name: string): void {
  const { status, headers, body } = describe("MALFORMED_REQUEST", `expected one ${name} header, got several`);
  response.writeHead(status, { ...headers, connection: "close" }).end(body);
}

/** For a connection beyond the limit. It may not have sent anything yet. */
export function rejectExcess(socket: Duplex): void {
  end(socket, describe("TOO_MANY_CONNECTIONS", "too many connections have a request in flight; try again"));
}

/** For bytes that are not HTTP, too many, or too late. Responds if that is still possible, and closes the connection. */
export function rejectConnection(error: Error, socket: Duplex, response: ServerResponse | undefined): void {
  const code = "code" in error ? error.code : undefined;
  // After the head of a response, a second response would read as part of the first.
  if (!socket.writable || code === "ECONNRESET" || response?.headersSent === true) return void socket.destroy();
  end(socket, describe(...reasonOf(code)));
}

/** Writes a whole response on a bare connection, and closes it. */
function end(socket: Duplex, { status, headers, body }: Rejection): void {
  const fields = Object.entries({ ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...fields.map(([name, value]) => `${name}: ${value}`)];
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

function describe(reason: RefusalReason, detail: string): Rejection {
  const { problem, headers } = toProblem(new RequestError(reason, detail), randomBytes(16).toString("hex"));
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}
