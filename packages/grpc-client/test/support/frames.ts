/** For scripted peers, beside the frames of `@agent-team/http2`: readable header blocks, and a reader of a client's frames. */

import {
  CONNECTION_PREFACE,
  continuationFrame,
  DEFAULT_MAX_FRAME_BYTES,
  FRAME_HEADER_BYTES,
  headersFrame as frameOfBlock,
  readFrameHeader,
} from "@agent-team/http2";

/** Fields by name, or as pairs where a name occurs twice. A value that is not a string is sent as its bytes. */
export type Fields =
  | Readonly<Record<string, string>>
  | readonly (readonly [name: string, value: string | Uint8Array])[];

/** RFC 7541 6.2.2: each field as a literal without indexing, without compression. Large blocks continue in CONTINUATION frames. */
export function headersFrame(
  streamId: number,
  fields: Fields,
  { endStream = false }: { readonly endStream?: boolean } = {},
): Uint8Array {
  const pairs = Array.isArray(fields) ? (fields as readonly (readonly [string, string])[]) : Object.entries(fields);
  const block = Buffer.concat(pairs.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
  const parts = [block.subarray(0, DEFAULT_MAX_FRAME_BYTES)];
  for (let at = DEFAULT_MAX_FRAME_BYTES; at < block.length; at += DEFAULT_MAX_FRAME_BYTES)
    parts.push(block.subarray(at, at + DEFAULT_MAX_FRAME_BYTES));
  return Buffer.concat(
    parts.map((part, i) => {
      const endHeaders = i === parts.length - 1;
      return i === 0
        ? frameOfBlock(streamId, part, { endStream, endHeaders })
        : continuationFrame(streamId, part, { endHeaders });
    }),
  );
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Splits a client's bytes into frames. It does not check the preface and does not decode header blocks. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  #skip = CONNECTION_PREFACE.length;

  *push(chunk: Buffer): Generator<Frame> {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const skipped = Math.min(this.#skip, this.#bytes.length);
    this.#skip -= skipped;
    this.#bytes = this.#bytes.subarray(skipped);
    while (this.#bytes.length >= FRAME_HEADER_BYTES) {
      const { length, type, flags, streamId } = readFrameHeader(this.#bytes, 0);
      const end = FRAME_HEADER_BYTES + length;
      if (this.#bytes.length < end) return;
      const payload = this.#bytes.subarray(FRAME_HEADER_BYTES, end);
      this.#bytes = this.#bytes.subarray(end);
      yield { type, flags, streamId, payload };
    }
  }
}

function text(value: string | Uint8Array): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value, "latin1") : Buffer.from(value);
  return Buffer.concat([lengthOf(bytes), bytes]);
}

/** RFC 7541 5.1: an integer with a prefix of 7 bits. */
function lengthOf({ length }: Buffer): Buffer {
  if (length < 127) return Buffer.of(length);
  const octets = [127];
  let rest = length - 127;
  for (; rest >= 128; rest >>>= 7) octets.push((rest & 127) | 128);
  return Buffer.from([...octets, rest]);
}
