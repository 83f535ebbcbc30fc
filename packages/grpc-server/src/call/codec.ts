import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";

/**
 * Reads one message of the client.
 * @throws ConnectError INVALID_ARGUMENT when the bytes are not a message of this type.
 */
export function decode<Desc extends DescMessage>(desc: Desc, bytes: Uint8Array): MessageShape<Desc> {
  try {
    return fromBinary(desc, bytes);
  } catch (error) {
    const message = `request is not a valid ${desc.typeName}: ${error instanceof Error ? error.message : String(error)}`;
    throw new ConnectError(message, Code.InvalidArgument, undefined, undefined, error);
  }
}

/** Writes one message for the client, from a message or from the plain fields that a handler may return. */
export function encode<Desc extends DescMessage>(desc: Desc, message: MessageInitShape<Desc>): Uint8Array {
  return toBinary(desc, create(desc, message));
}
