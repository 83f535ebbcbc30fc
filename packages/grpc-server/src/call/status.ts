import { StatusSchema } from "@agent-team/contracts";
import { create, toBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema, anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { Metadata, type StatusObject, status } from "@grpc/grpc-js";
import { addHeaders } from "./metadata.ts";

/** What a caller is told when a handler fails in a way that nobody planned: the log has the rest. */
const internalErrorMessage = "internal error";

/**
 * Turns whatever ended a call into the error its caller gets.
 * A `ConnectError` is meant for the caller. Anything else is a defect: INTERNAL, without a word of what it was.
 */
export function toConnectError(thrown: unknown): ConnectError {
  return thrown instanceof ConnectError
    ? thrown
    : new ConnectError(internalErrorMessage, Code.Internal, undefined, undefined, thrown);
}

/** Whether an error is a defect of ours, which belongs in the log. */
export function isDefect(thrown: unknown): boolean {
  return !(thrown instanceof ConnectError);
}

/** An error as gRPC sends it: code, message, and the details in `grpc-status-details-bin` as google.rpc.Status. */
export function toStatus(error: ConnectError): StatusObject {
  const metadata = new Metadata();
  // An error that arrived from another server carries that server's headers, which are none of our caller's business.
  if (!error.isWireError) addHeaders(metadata, error.metadata);
  // A lone surrogate has no percent-encoding: grpc-js would throw where nobody catches.
  const message = error.rawMessage.toWellFormed();
  if (error.details.length > 0) metadata.set("grpc-status-details-bin", encodeDetails(error, message));
  return { code: Number(error.code), details: message, metadata };
}

/** The name of a status code as logs and metrics show it: `OK`, `NOT_FOUND`. */
export function statusName(code: number): string {
  return status[code] ?? String(code);
}

function encodeDetails(error: ConnectError, message: string): Buffer {
  const details = error.details.map(toAny);
  return Buffer.from(toBinary(StatusSchema, create(StatusSchema, { code: error.code, message, details })));
}

/** A detail made here is a message; one that came from another server is bytes already, and passes through. */
function toAny(detail: ConnectError["details"][number]): Any {
  if ("desc" in detail) return anyPack(detail.desc, create(detail.desc, detail.value));
  return create(AnySchema, { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value });
}
