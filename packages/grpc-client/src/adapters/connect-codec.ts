/** Between Connect's values and the channel's bytes: methods, messages, headers. */

import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  isMessage,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Method } from "../client-call.ts";
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

export function encode<I extends DescMessage>(desc: I, input: MessageInitShape<I>): Uint8Array {
  return toBinary(desc, isMessage(input, desc) ? input : create(desc, input));
}

/** @throws ConnectError `internal`: the server's bytes are not such a message. */
export function decode<O extends DescMessage>(desc: O, bytes: Uint8Array): MessageShape<O> {
  try {
    return fromBinary(desc, bytes);
  } catch (cause) {
    throw new ConnectError(`the server's answer is not a ${desc.typeName}`, Code.Internal, undefined, undefined, cause);
  }
}

export function metadataOf(header: HeadersInit | undefined): Metadata {
  return header === undefined
    ? Metadata.empty
    : Metadata.from(header instanceof Headers ? header : new Headers(header));
}

export function headersOf(metadata: Metadata): Headers {
  const headers = new Headers();
  metadata.forEach((name, value) => headers.append(name, value));
  return headers;
}
