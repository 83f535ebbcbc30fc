/** What gRPC writes into HTTP/2 headers, and what it reads out of them. */

import { isBinaryName, Metadata } from "../metadata.ts";
import { parseStatus, Status, statusFromHttp } from "../status.ts";
import type { StreamEnd, StreamHead } from "../stream.ts";

/** Largest value of eight digits: gRPC over HTTP/2, `TimeoutValue → {positive integer as ASCII string of at most 8 digits}`. */
const MAX_TIMEOUT_VALUE = 99_999_999;

/**
 * Longest timeout that is sent, in s: 31 bits of milliseconds, 24.8 days. grpc-js's server computes in so many (1.14.7:
 * 30 days have passed at once, 60 arrive as 10), and the timers of Node's other servers end there, too. The deadline on
 * this side stays.
 */
const MAX_TIMEOUT_S = Math.floor(0x7fff_ffff / 1_000);

/**
 * `1500` → `"1500m"`; what does not fit into eight digits of milliseconds is given in seconds. Rounded up, so that the
 * server does not end a call that this side would wait for.
 */
export function encodeTimeout(timeoutMs: number): string {
  const ms = Math.max(1, Math.ceil(timeoutMs));
  return ms <= MAX_TIMEOUT_VALUE ? `${ms}m` : `${Math.min(MAX_TIMEOUT_S, Math.ceil(ms / 1_000))}S`;
}

/** What a request's headers are to node:http2: a list is sent as one field for each of its values. */
export type RequestHeaders = Record<string, string | string[]>;

/** Adds what differs from call to call to the headers that are the same for a connection. */
export function addCallHeaders(headers: RequestHeaders, head: StreamHead): void {
  headers[":path"] = head.path;
  if (head.timeoutMs !== Number.POSITIVE_INFINITY) headers["grpc-timeout"] = encodeTimeout(head.timeoutMs);
  if (head.previousAttempts > 0) headers["grpc-previous-rpc-attempts"] = String(head.previousAttempts);
  if (head.metadata.size > 0) head.metadata.forEach((name, value) => addField(headers, name, value));
}

function addField(headers: RequestHeaders, name: string, value: string): void {
  if (!(name in headers)) {
    headers[name] = value;
  } else if (!Object.hasOwn(headers, name)) {
    // `constructor` and `__proto__` are names like others, and each object has them already.
    Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
  } else if (isBinaryName(name)) {
    // A peer that does not split a field before it decodes reads only the first value of a joined one.
    headers[name] = [headers[name] ?? [], value].flat();
  } else {
    // "Duplicate header names may have their values joined with "," as the delimiter and be considered semantically
    // equivalent": node:http2 refuses to send some names, such as `authorization`, twice.
    headers[name] = `${String(headers[name])},${value}`;
  }
}

/** Protocol fields that are not shown as metadata. `grpc-status-details-bin` is: error details are the adapter's to read. */
function isMetadata(name: string): boolean {
  switch (name) {
    case "content-type":
    case "grpc-status":
    case "grpc-message":
    case "grpc-encoding":
    case "grpc-accept-encoding":
      return false;
    default:
      return name.charCodeAt(0) !== 58; // ":", a pseudo-header
  }
}

/** The metadata in a flat list of header names and values. */
export function metadataOf(rawHeaders: readonly string[]): Metadata {
  let flat: string[] | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (isMetadata(name)) (flat ??= []).push(name, rawHeaders[i + 1] as string);
  }
  return flat === undefined ? Metadata.empty : Metadata.fromWire(flat);
}

/** The end that a header block with `grpc-status` tells of, or undefined when it has none. */
export function endOf(rawHeaders: readonly string[]): StreamEnd | undefined {
  let status: string | undefined;
  let message = "";
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i] === "grpc-status") status = rawHeaders[i + 1];
    else if (rawHeaders[i] === "grpc-message") message = decodeMessage(rawHeaders[i + 1] as string);
  }
  if (status === undefined) return undefined;
  return {
    code: parseStatus(status),
    message,
    trailers: metadataOf(rawHeaders),
    origin: "server",
    processing: "maybe-processed",
  };
}

/** The end of a stream whose response headers are not gRPC's, or undefined when they are. */
export function endOfForeign(httpStatus: number, contentType: string | undefined): StreamEnd | undefined {
  if (httpStatus === 200 && contentType?.startsWith("application/grpc") === true) return undefined;
  const code = httpStatus === 200 ? Status.unknown : statusFromHttp(httpStatus);
  const message = `the peer answered HTTP ${httpStatus} with content-type ${contentType ?? "(none)"}, not gRPC`;
  // A proxy answers 502, 503 and 504 both before and after it has passed the request on.
  return { code, message, trailers: Metadata.empty, origin: "transport", processing: "maybe-processed" };
}

/** gRPC over HTTP/2: `Status-Message → percent-encoded`. Text that is not well-formed is kept as it is. */
function decodeMessage(encoded: string): string {
  if (!encoded.includes("%")) return encoded;
  try {
    return decodeURIComponent(encoded);
  } catch {
    // "implementations MUST NOT error, and SHOULD preserve as much as possible"
    return encoded;
  }
}
