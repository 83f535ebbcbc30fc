/**
 * Checks a stream before grpc-js gets it. A stream that HTTP/2 has opened comes in. Either the same stream goes out, with
 * headers that grpc-js reads as the specification means them, or the stream is answered here.
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { Code } from "@connectrpc/connect";
import { cutText } from "../cut-text.ts";
import { encodeMessage } from "../grpc-message.ts";
import type { ResetBudget } from "./reset-budget.ts";

/** "Content-Type → "content-type" "application/grpc" [("+proto" / "+json" / {custom})]"; RFC 9110 8.3.1: case-insensitive. */
const GRPC_CONTENT_TYPE = /^application\/grpc(?:[+;]|$)/i;

/** "Timeout → "grpc-timeout" TimeoutValue TimeoutUnit", "TimeoutValue → {positive integer as ASCII string of at most 8 digits}". */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

const SECONDS: Readonly<Record<string, number>> = { H: 3_600, M: 60, S: 1, m: 1e-3, u: 1e-6, n: 1e-9 };

/**
 * The longest time that a timer of 31 bits can count, in seconds: 24.8 days. A longer timeout is cut to it, because no
 * connection lives so long; grpc-js would compute the timeout modulo 2³² ms and end the call at once.
 */
const MAX_TIMEOUT_SECONDS = 2_147_483;

/** Of an unknown path in the error. */
const SHOWN_PATH_CHARACTERS = 200;

export interface StreamGateOptions {
  /** The paths that are served, `/package.Service/Method`. */
  readonly paths: ReadonlySet<string>;
  readonly serve: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;
  /** Gets an error of `serve`. The stream has been reset, the server continues. */
  readonly onDefect: (path: string, thrown: unknown) => void;
}

export type StreamGate = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, resets: ResetBudget) => void;

export function createStreamGate(options: StreamGateOptions): StreamGate {
  return (stream, headers, resets) => {
    stream.on("error", ignore);
    if (resets.isSpent) return stream.close(constants.NGHTTP2_REFUSED_STREAM);
    stream.once("close", () => {
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) resets.didReset();
    });
    try {
      pass(stream, headers, options);
    } catch (thrown) {
      options.onDefect(String(headers[":path"]), thrown);
      if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  };
}

/** An error of a stream needs no reaction: its `close` event follows. */
function ignore(): void {}

function pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, { paths, serve }: StreamGateOptions): void {
  if (stream.destroyed || stream.closed) return;
  const { ":method": method, ":path": path = "", "content-type": contentType = "" } = headers;
  if (method !== "POST") return respond(stream, { ":status": 405, allow: "POST" });
  // "If Content-Type does not begin with "application/grpc", gRPC servers SHOULD respond with HTTP status of 415".
  if (!GRPC_CONTENT_TYPE.test(contentType)) return respond(stream, { ":status": 415 });
  if (!paths.has(path))
    return refuse(stream, Code.Unimplemented, `the server does not implement ${cutText(path, SHOWN_PATH_CHARACTERS)}`);
  const timeout = headers["grpc-timeout"];
  if (timeout !== undefined) {
    const readable = readableTimeout(String(timeout));
    if (readable === undefined) {
      return refuse(stream, Code.Internal, `grpc-timeout: expected 1 to 8 digits and a unit of H M S m u n`);
    }
    headers["grpc-timeout"] = readable;
  }
  headers["content-type"] = "application/grpc";
  serve(stream, headers);
}

/** Undefined for a text that is no timeout. */
function readableTimeout(text: string): string | undefined {
  const [, value, unit = ""] = TIMEOUT.exec(text) ?? [];
  if (value === undefined) return undefined;
  return Number(value) * (SECONDS[unit] ?? 0) > MAX_TIMEOUT_SECONDS ? `${MAX_TIMEOUT_SECONDS}S` : text;
}

/** Ends the call by a status without a message: "Trailers-Only". */
function refuse(stream: ServerHttp2Stream, code: Code, message: string): void {
  const head = { ":status": 200, "content-type": "application/grpc" };
  respond(stream, { ...head, "grpc-status": code, "grpc-message": encodeMessage(message) });
}

function respond(stream: ServerHttp2Stream, headers: Readonly<Record<string, string | number>>): void {
  stream.respond(headers, { endStream: true });
  // RFC 9113 8.1: a server that has answered may "request that the client abort transmission of a request without error".
  stream.close(constants.NGHTTP2_NO_ERROR);
}
