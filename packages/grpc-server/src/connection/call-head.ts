/**
 * What gRPC reads from the head of a request. In: a head that HTTP/2 accepts. Out: the call that it asks for, or the answer to a request
 * that is no call. https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */

import { ACCEPTED_ENCODINGS } from "@agent-team/grpc-client/for-servers";
import type { RequestHead } from "@agent-team/http2";
import { Code } from "@connectrpc/connect";
import { cutText } from "../cut-text.ts";
import { encodeMessage } from "../grpc-message.ts";
import { RequestMetadata } from "../request-metadata.ts";
import type { Field, Route } from "../wire.ts";
import { acceptsGzip } from "./gzip-answer.ts";

/** A call. It is the same object for all requests with this head. */
export interface CallHead {
  readonly kind: "call";
  readonly route: Route;
  readonly path: string;
  readonly authority: string;
  readonly metadata: RequestMetadata;
  /** Infinity without `grpc-timeout`. */
  readonly timeoutMs: number;
  /** What compressed messages of the client are compressed with. */
  readonly encoding: string;
  /** Whether messages to the client may be compressed. */
  readonly compressesAnswers: boolean;
}

/** What a server has besides its routes. */
export interface CallHeadOptions {
  /** A request that is no gRPC call is one of the web, and not an error. */
  readonly servesWeb: boolean;
  /** Answers are compressed for clients that read gzip. */
  readonly compressesAnswers: boolean;
}

/** A request that may be one of gRPC-Web or Connect. */
export interface WebHead {
  readonly kind: "web";
}

const WEB: WebHead = { kind: "web" };

/** The header block that answers a request, and is all of the answer. */
export interface Answer {
  readonly kind: "answer";
  readonly fields: readonly Field[];
}

/** "Content-Type → "content-type" "application/grpc" [("+proto" / "+json" / {custom})]"; RFC 9110 8.3.1: case-insensitive. */
const GRPC_CONTENT_TYPE = /^application\/grpc(?:[+;]|$)/i;

/** "Timeout → "grpc-timeout" TimeoutValue TimeoutUnit", "TimeoutValue → {positive integer as ASCII string of at most 8 digits}". */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** 24.8 days, as far as a timer of 31 bits counts. A longer timeout is cut to it: no connection lives so long. */
const MAX_TIMEOUT_MS = 2_147_483_000;

/** Of an unknown path in the error. */
const SHOWN_PATH_CHARACTERS = 200;

const ENCODINGS: ReadonlySet<string> = new Set(ACCEPTED_ENCODINGS.split(","));

/** What each response begins with. */
export const RESPONSE_FIELDS: readonly Field[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
  ["grpc-accept-encoding", ACCEPTED_ENCODINGS],
];

export function readCallHead(
  head: RequestHead,
  routes: ReadonlyMap<string, Route>,
  options: CallHeadOptions,
): CallHead | WebHead | Answer {
  const { method, path, fields, authority } = head;
  const isGrpc = GRPC_CONTENT_TYPE.test(valueOf(fields, "content-type") ?? "");
  if (options.servesWeb && (method !== "POST" || !isGrpc)) return WEB;
  if (method !== "POST") return answer([":status", "405"], ["allow", "POST"]);
  // "If Content-Type does not begin with "application/grpc", gRPC servers SHOULD respond with HTTP status of 415".
  if (!isGrpc) return answer([":status", "415"]);
  // RFC 9110 10.1.1: without 417 the client would wait for 100 before it sends its message.
  if (valueOf(fields, "expect") !== undefined) return answer([":status", "417"]);
  const route = routes.get(path);
  if (route === undefined)
    return refusal(Code.Unimplemented, `the server does not implement ${cutText(path, SHOWN_PATH_CHARACTERS)}`);
  const timeoutMs = readTimeout(valueOf(fields, "grpc-timeout"));
  if (timeoutMs === undefined)
    return refusal(Code.Internal, "grpc-timeout: expected 1 to 8 digits and a unit of H M S m u n");
  const encoding = valueOf(fields, "grpc-encoding") ?? "identity";
  // gRPC compression: "UNIMPLEMENTED", and `grpc-accept-encoding` says what the client may use.
  if (!ENCODINGS.has(encoding))
    return refusal(Code.Unimplemented, `grpc-encoding: expected ${ACCEPTED_ENCODINGS}, got ${cutText(encoding, 20)}`);
  const compressesAnswers = options.compressesAnswers && acceptsGzip(valueOf(fields, "grpc-accept-encoding"));
  const metadata = new RequestMetadata(fields);
  return { kind: "call", route, path, authority, metadata, timeoutMs, encoding, compressesAnswers };
}

function valueOf(fields: readonly Field[], name: string): string | undefined {
  for (const [each, value] of fields) if (each === name) return value;
  return undefined;
}

/** Undefined for a text that is no timeout. */
function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const [, value, unit = ""] = TIMEOUT.exec(text) ?? [];
  return value === undefined ? undefined : Math.min(MAX_TIMEOUT_MS, Number(value) * (UNIT_MS[unit] ?? 0));
}

/** A status without a message: "Trailers-Only". */
function refusal(code: Code, message: string): Answer {
  return answer(...RESPONSE_FIELDS, ["grpc-status", String(code)], ["grpc-message", encodeMessage(message)]);
}

function answer(...fields: readonly Field[]): Answer {
  return { kind: "answer", fields };
}
