/** What a call writes into HTTP/2 headers, and how large they are. */

import { isBinaryName, type Metadata } from "../metadata.ts";
import type { StreamHead } from "../stream.ts";
import { ACCEPTED_ENCODINGS } from "./inflate.ts";

/**
 * SETTINGS_MAX_HEADER_LIST_SIZE, ours and the most that is sent: 64 KiB. nghttp2 ends a connection, with the calls of
 * everyone on it, over one field of more than 65,536 bytes or a block in more than 8 CONTINUATION frames; a list within
 * this size has neither. Node resets the stream of a larger list, and no other.
 */
export const MAX_HEADER_LIST_BYTES = 65_536;

/** The headers that all requests of a connection have, pseudo-header fields first. */
export function baseHeaders(scheme: "http" | "https", authority: string): Record<string, string> {
  return {
    ":method": "POST",
    ":scheme": scheme,
    ":authority": authority,
    "content-type": "application/grpc",
    "grpc-accept-encoding": ACCEPTED_ENCODINGS,
    te: "trailers",
    "user-agent": "agent-team-grpc-client/0.1.0",
  };
}

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

/**
 * What differs from call to call, the path apart, as a list of fields. Values of one name are joined into one field, except those
 * of `-bin` names: as `addField` does it.
 */
export function callFields(head: StreamHead): [name: string, value: string][] {
  const fields: [name: string, value: string][] = [];
  if (head.timeoutMs !== Number.POSITIVE_INFINITY) fields.push(["grpc-timeout", encodeTimeout(head.timeoutMs)]);
  if (head.previousAttempts > 0) fields.push(["grpc-previous-rpc-attempts", String(head.previousAttempts)]);
  if (head.compression === "gzip") fields.push(["grpc-encoding", "gzip"]);
  if (head.metadata.size > 0) addMetadata(fields, head.metadata);
  return fields;
}

function addMetadata(fields: [name: string, value: string][], metadata: Metadata): void {
  const fieldOf = new Map<string, [name: string, value: string]>();
  metadata.forEach((name, value) => {
    const joined = isBinaryName(name) ? undefined : fieldOf.get(name);
    if (joined !== undefined) {
      joined[1] += `,${value}`;
      return;
    }
    const field: [name: string, value: string] = [name, value];
    fieldOf.set(name, field);
    fields.push(field);
  });
}

/** The size of fields as SETTINGS_MAX_HEADER_LIST_SIZE counts it. */
export function fieldListBytes(fields: readonly (readonly [name: string, value: string])[]): number {
  let bytes = 0;
  for (const [name, value] of fields) bytes += fieldBytes(name, value);
  return bytes;
}

/** What a request's headers are to node:http2: a list is sent as one field for each of its values. */
export type RequestHeaders = Record<string, string | string[]>;

/**
 * Adds what differs from call to call to the headers that are the same for a connection. Returns how many bytes it has
 * added to the size of the list.
 */
export function addCallHeaders(headers: RequestHeaders, head: StreamHead): number {
  const { path } = head.method;
  headers[":path"] = path;
  let bytes = fieldBytes(":path", path);
  if (head.timeoutMs !== Number.POSITIVE_INFINITY) {
    const timeout = encodeTimeout(head.timeoutMs);
    headers["grpc-timeout"] = timeout;
    bytes += fieldBytes("grpc-timeout", timeout);
  }
  if (head.previousAttempts > 0) {
    const attempts = String(head.previousAttempts);
    headers["grpc-previous-rpc-attempts"] = attempts;
    bytes += fieldBytes("grpc-previous-rpc-attempts", attempts);
  }
  if (head.compression === "gzip") {
    headers["grpc-encoding"] = "gzip";
    bytes += fieldBytes("grpc-encoding", "gzip");
  }
  if (head.metadata.size === 0) return bytes;
  head.metadata.forEach((name, value) => {
    addField(headers, name, value);
    bytes += fieldBytes(name, value);
  });
  return bytes;
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

/** The size of a header list as SETTINGS_MAX_HEADER_LIST_SIZE counts it, before compression. */
export function headerListBytes(headers: Readonly<Record<string, string>>): number {
  return fieldListBytes(Object.entries(headers));
}

/**
 * RFC 9113 6.5.2: "the length of the name and value in units of octets plus an overhead of 32 octets for each field
 * line". A value that joins its name's field counts as a field of its own: a little more than it takes.
 */
function fieldBytes(name: string, value: string): number {
  return name.length + value.length + 32;
}
