/** What scripted peers need besides frames of `@agent-team/http2`: readable header blocks, and the frames that a client sends. */

import {
  CONNECTION_PREFACE,
  FRAME_HEADER_BYTES,
  headersFrame as frameOfBlock,
  readFrameHeader,
} from "@agent-team/http2";

/** RFC 7541 6.2.2: each field as a literal without indexing, nothing compressed. Names and values below 127 bytes. */
export function headersFrame(
  streamId: number,
  headers: Readonly<Record<string, string>>,
  { endStream = false }: { readonly endStream?: boolean } = {},
): Uint8Array {
  const block = Object.entries(headers).map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)]));
  return frameOfBlock(streamId, Buffer.concat(block), { endStream });
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Takes a client's bytes apart. The preface and the blocks' contents are not looked at. */
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

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}
