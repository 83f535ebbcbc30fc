/** Parts of answers as bytes: header blocks, messages with their prefix, and DATA with padding. */

import { buildFrame, dataFrame, FrameFlag, FrameType, headersFrame } from "@agent-team/http2";
import type { Dice } from "./dice.ts";

export type Fields = Readonly<Record<string, string>>;

export const GRPC: Fields = { ":status": "200", "content-type": "application/grpc" };

/** RFC 7541 6.2.2: literals without indexing and without Huffman coding. */
export function headers(streamId: number, fields: Fields, endStream: boolean = false): Uint8Array {
  const block = Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]);
  return headersFrame(streamId, Buffer.concat(block), { endStream });
}

/** `length`: what the prefix announces. Default: the length of the message. */
export function prefixed(message: Uint8Array, flag: number = 0, length: number = message.length): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

/** The octets in a few DATA frames, some of them with padding. */
export function data(dice: Dice, streamId: number, octets: Buffer, endStream: boolean = false): Uint8Array[] {
  const pieces = dice.split(octets);
  return pieces.map((piece, i) => {
    const isLast = endStream && i === pieces.length - 1;
    if (dice.below(8) > 0) return dataFrame(streamId, piece, { endStream: isLast });
    const padding = dice.below(20);
    const flags = FrameFlag.padded | (isLast ? FrameFlag.endStream : 0);
    return buildFrame(
      FrameType.data,
      flags,
      streamId,
      Buffer.concat([Buffer.of(padding), piece, Buffer.alloc(padding)]),
    );
  });
}

/** Of less than 128 characters. */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value, "latin1")]);
}
