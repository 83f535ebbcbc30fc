/**
 * Compression of request messages. In: a message. Out: what is sent in its place. Messages of responses are inflated where they are
 * read (`transport/inflate.ts`).
 */

export const COMPRESSIONS = ["identity", "gzip"] as const;

/** How the messages of a request are sent: as they are, or compressed with gzip. */
export type Compression = (typeof COMPRESSIONS)[number];

/** Messages that `compressed` has made. A transport sets their Compressed-Flag, also when a call sends them again. */
const COMPRESSED = new WeakSet<Uint8Array>();

/**
 * The message in gzip, or the same message when gzip does not make it smaller: gRPC compression lets "individual messages" be
 * sent "without compression". It runs on the main thread, some 20 ms for a MiB of text.
 */
export function compressed(message: Uint8Array): Uint8Array {
  const gzipped = process.getBuiltinModule("node:zlib").gzipSync(message);
  if (gzipped.length >= message.length) return message;
  COMPRESSED.add(gzipped);
  return gzipped;
}

/** Whether the bytes came out of `compressed`, smaller than they went in. */
export function isCompressed(message: Uint8Array): boolean {
  return COMPRESSED.has(message);
}
