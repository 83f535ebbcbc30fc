/** Reads compressed messages of responses, in the encodings that this side announces. */

import { ChannelError } from "../errors.ts";
import { Status } from "../status.ts";

/**
 * gRPC compression: "grpc-accept-encoding". A C-core server that is set to compress falls back to `identity` for a
 * client that does not name gzip, or refuses it.
 */
export const ACCEPTED_ENCODINGS = "identity,gzip";

/**
 * One message of a stream whose headers named `encoding`, as it was before it was compressed. Inflating stops at
 * `maxBytes`: a bomb of 4 KiB costs at most the memory of one message of the allowed size.
 * @throws ChannelError `resource_exhausted` above `maxBytes`; `internal` for an encoding that is not known or does not fit.
 */
export function decompress(message: Uint8Array, encoding: string, maxBytes: number): Uint8Array {
  // gRPC compression: a compressed message on a stream whose encoding is identity, or unknown to the client, is INTERNAL.
  if (encoding !== "gzip")
    throw new ChannelError(
      Status.internal,
      `a compressed message with grpc-encoding ${JSON.stringify(encoding)}: expected ${ACCEPTED_ENCODINGS}`,
    );
  try {
    return process.getBuiltinModule("node:zlib").gunzipSync(message, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (isTooLarge(cause))
      throw new ChannelError(
        Status.resourceExhausted,
        `a message of ${message.length} bytes is larger than maxReceiveMessageBytes (${maxBytes}) once inflated`,
      );
    throw new ChannelError(Status.internal, `a message that is not gzip: ${(cause as Error).message}`, { cause });
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
}
