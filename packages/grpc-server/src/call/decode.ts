import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
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
