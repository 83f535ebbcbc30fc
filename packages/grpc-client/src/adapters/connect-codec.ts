/** Between Connect's values and the channel's bytes: methods, messages, headers. */

import { type DescMessage, type DescMethod, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Method } from "../client-call.ts";
import { invalidArgument } from "../errors.ts";
import { Metadata } from "../metadata.ts";

const METHODS = new WeakMap<DescMethod, Method>();

/** The channel's view of a method, made once for each. */
export function methodOf(desc: DescMethod): Method {
  let method = METHODS.get(desc);
  if (method === undefined) {
    const { methodKind } = desc;
    method = {
      path: `/${desc.parent.typeName}/${desc.name}`,
      unaryRequest: methodKind === "unary" || methodKind === "server_streaming",
      unaryResponse: methodKind === "unary" || methodKind === "client_streaming",
      idempotent: desc.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN,
    };
    METHODS.set(desc, method);
  }
  return method;
}

/** @throws ConnectError `internal`: the server's bytes are not such a message. */
export function decode<O extends DescMessage>(desc: O, bytes: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(desc, bytes);
  } catch (cause) {
    throw new ConnectError(`the server's answer is not a ${desc.typeName}`, Code.Internal, undefined, undefined, cause);
  }
}

/**
 * A caller's headers as metadata. Not through `Headers`, which cost more, and whose errors do not name the refused entry.
 * @throws ChannelError `invalid_argument`, naming the entry that gRPC cannot carry
 */
export function metadataOf(header: HeadersInit | undefined): Metadata {
  return header === undefined || header === null ? Metadata.empty : Metadata.from(entriesOf(header));
}

/** For interceptors, which see `Headers`. @throws ConnectError `invalid_argument` */
export function toHeaders(header: HeadersInit | undefined): Headers {
  try {
    return new Headers(header);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConnectError(`headers: ${reason}`, Code.InvalidArgument, undefined, undefined, cause);
  }
}

/** As the constructor of `Headers` reads them: pairs, or an object whose values may be lists. */
function* entriesOf(header: HeadersInit): Generator<readonly [name: string, value: string]> {
  if (typeof header !== "object") throw invalidArgument("headers", "Headers, pairs or an object", header);
  if (Symbol.iterator in header) return yield* header as Iterable<readonly [string, string]>;
  for (const [name, value] of Object.entries(header)) {
    if (Array.isArray(value)) for (const one of value as string[]) yield [name, one];
    else yield [name, value as string];
  }
}

/** `Headers` join the values of a name with commas: those of a `-bin` name are for `decodeBinaries`. */
export function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  metadata.forEach((name, value) => headers.append(name, value));
  return headers;
}
