/** The channel's errors as Connect's, with the details that the server attached. */

import { BinaryReader } from "@bufbuild/protobuf/wire";
import { Code, ConnectError } from "@connectrpc/connect";
import { type ChannelError, isChannelError } from "../errors.ts";
import { decodeBinary, Metadata } from "../metadata.ts";
import { headersOf } from "./connect-codec.ts";

/** Makes a ConnectError of any thrown value, of the channel or of a caller's own code: Connect clients throw nothing else. */
export function toConnectError(thrown: unknown): ConnectError {
  return isChannelError(thrown) ? fromChannelError(thrown) : ConnectError.from(thrown);
}

/** Codes are the same numbers. The ChannelError is the `cause`. */
function fromChannelError(error: ChannelError): ConnectError {
  const metadata = error.metadata ?? Metadata.empty;
  const converted = new ConnectError(
    error.rawMessage,
    error.code as number as Code,
    headersOf(metadata),
    undefined,
    error,
  );
  const details = metadata.get("grpc-status-details-bin");
  if (details !== undefined) converted.details = readDetails(details);
  return converted;
}

/**
 * The error of a call whose signal was aborted: as with Connect's own transports the reason itself where it is an error of
 * Connect's, so that a deadline stays `deadline_exceeded` from one service to the next; else `canceled`, with the
 * reason's message, and the reason as `cause`.
 */
export function abortedError({ reason }: AbortSignal): ConnectError {
  if (reason instanceof ConnectError) return reason;
  if (isChannelError(reason)) return fromChannelError(reason);
  const message = reason instanceof Error ? reason.message : String(reason);
  return new ConnectError(message, Code.Canceled, undefined, undefined, reason);
}

type Detail = { type: string; value: Uint8Array };

/**
 * The `details` of a google.rpc.Status: field 3, each a google.protobuf.Any with its type's URL in field 1 and its bytes
 * in field 2. Details that cannot be read are left out: the status is complete without them.
 */
function readDetails(field: string): Detail[] {
  const details: Detail[] = [];
  try {
    forEachField(decodeBinary(field), (number, reader) => {
      if (number !== 3) return false;
      details.push(readAny(reader.bytes()));
      return true;
    });
  } catch {
    return details;
  }
  return details;
}

function readAny(bytes: Uint8Array): Detail {
  const any: Detail = { type: "", value: new Uint8Array() };
  forEachField(bytes, (number, reader) => {
    if (number === 1) any.type = reader.string().replace(/^.*\//, "");
    else if (number === 2) any.value = reader.bytes();
    else return false;
    return true;
  });
  return any;
}

/** Calls `read` for each field; what it does not take is skipped. */
function forEachField(bytes: Uint8Array, read: (number: number, reader: BinaryReader) => boolean): void {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (!read(number, reader)) reader.skip(wireType, number);
  }
}
