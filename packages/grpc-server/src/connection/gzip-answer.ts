/** Compression of answers. In: a message. Out: its gzip, where that is worth it. */

import { gzipSync } from "node:zlib";
import { MIN_GZIP_BYTES } from "../compression.ts";
import type { Field } from "../wire.ts";

/** "Message-Encoding": what compressed messages of this answer are compressed with. */
const GZIP_FIELD: Field = ["grpc-encoding", "gzip"];

/** The headers of an answer whose messages may be compressed. */
export function withGzip(fields: readonly Field[]): readonly Field[] {
  return [GZIP_FIELD, ...fields];
}

/** Whether a client reads gzip, by its `grpc-accept-encoding`. */
export function acceptsGzip(accepted: string | undefined): boolean {
  return accepted !== undefined && accepted.split(",").some((each) => each.trim() === "gzip");
}

/** Undefined: the message is sent as it is. Runs on the main thread, some 20 ms for a MiB of text. */
export function gzipOf(message: Uint8Array): Uint8Array | undefined {
  if (message.length < MIN_GZIP_BYTES) return undefined;
  const gzip = gzipSync(message);
  return gzip.length < message.length ? gzip : undefined;
}
