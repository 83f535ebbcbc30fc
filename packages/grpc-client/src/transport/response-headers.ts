/** Reads status, metadata and foreign answers from the header blocks of a response: flat lists of names and values, as on the wire. */

import { Metadata } from "../metadata.ts";
import { parseStatus, Status, statusFromHttp } from "../status.ts";
import type { StreamEnd } from "../stream.ts";
import { decodeStatusMessage } from "./status-message.ts";

/**
 * gRPC over HTTP/2: `Content-Type → "content-type" "application/grpc" [("+proto" / "+json" / {custom})]`; parameters
 * may follow, and RFC 9110 8.3.1 makes media types case-insensitive.
 */
const GRPC_CONTENT_TYPE = /^application\/grpc(\+[^\s;]+)?\s*(;|$)/i;

/** Whether the response is gRPC, and not for example a proxy's error page. */
function isGrpcContentType(contentType: string | undefined): boolean {
  // Nearly every answer has this very value.
  return contentType === "application/grpc" || (contentType !== undefined && GRPC_CONTENT_TYPE.test(contentType));
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

/** The first header block of a response that is not informational, as gRPC reads it. */
export interface ResponseHead {
  /** The end of an answer that is not gRPC's, for the case that no status follows. */
  readonly foreignEnd: StreamEnd | undefined;
  /** What compressed messages are compressed with. */
  readonly encoding: string;
  readonly metadata: Metadata;
  /** What the block says if it is the only one. */
  readonly status: StreamEnd | undefined;
}

export function readHead(rawHeaders: readonly string[]): ResponseHead {
  const httpStatus = Number(valueOf(rawHeaders, ":status"));
  return {
    foreignEnd: foreignEndOf(httpStatus, valueOf(rawHeaders, "content-type"), rawHeaders),
    encoding: valueOf(rawHeaders, "grpc-encoding") ?? "identity",
    metadata: metadataOf(rawHeaders),
    status: statusOf(rawHeaders),
  };
}

function valueOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i] === name) return rawHeaders[i + 1];
  return undefined;
}

/** The metadata of a header block. */
export function metadataOf(rawHeaders: readonly string[]): Metadata {
  let flat: string[] | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    if (isMetadata(name)) (flat ??= []).push(name, rawHeaders[i + 1] as string);
  }
  return flat === undefined ? Metadata.empty : Metadata.fromWire(flat);
}

/** The end of a stream from its last header block; undefined without `grpc-status`. */
export function statusOf(lastBlock: readonly string[]): StreamEnd | undefined {
  let status: string | undefined;
  let message = "";
  for (let i = 0; i < lastBlock.length; i += 2) {
    const value = lastBlock[i + 1] as string;
    // RFC 9110 5.3: several field lines are one value, joined by commas. Two statuses are no status.
    if (lastBlock[i] === "grpc-status") status = status === undefined ? value : `${status},${value}`;
    else if (lastBlock[i] === "grpc-message") message = decodeStatusMessage(value);
  }
  if (status === undefined) return undefined;
  const code = parseStatus(status);
  const trailers = metadataOf(lastBlock);
  return { code, message, trailers, origin: "server", processing: "maybe-processed" };
}

/**
 * The end of a stream whose answer is not gRPC's, for the case that no `grpc-status` follows; undefined for one that is.
 * gRPC, "HTTP to gRPC Status Code Mapping": "to be used only for clients that received a response that did not include
 * grpc-status".
 */
export function foreignEndOf(
  httpStatus: number,
  contentType: string | undefined,
  rawHeaders: readonly string[],
): StreamEnd | undefined {
  if (httpStatus === 200 && isGrpcContentType(contentType)) return undefined;
  return {
    code: httpStatus === 200 ? Status.unknown : statusFromHttp(httpStatus),
    message: `the peer answered HTTP ${httpStatus} with content-type ${contentType ?? "(none)"}, not gRPC`,
    trailers: metadataOf(rawHeaders),
    origin: "transport",
    // A proxy answers 502, 503 and 504 both before and after it has passed the request on.
    processing: "maybe-processed",
    httpStatus,
  };
}
