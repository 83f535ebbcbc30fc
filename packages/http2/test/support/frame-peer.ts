/** A peer that sends the frames it is told to, whatever they are, and keeps those that come. It acknowledges nothing by itself. */

import type { Socket } from "node:net";
import { until } from "@agent-team/test-support/until";
import { CONNECTION_PREFACE, continuationFrame, headersFrame as frameOfBlock } from "../../src/build-frame.ts";
import { FrameType } from "../../src/constants.ts";
import { FRAME_HEADER_BYTES, readFrameHeader } from "../../src/frame.ts";
import { HpackEncoder } from "../../src/hpack/encoder.ts";
import type { HeaderField } from "../../src/hpack/header-field.ts";

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export interface FrameConnection {
  readonly frames: readonly Frame[];
  send(...frames: readonly Uint8Array[]): void;
  end(): void;
  pause(): void;
  resume(): void;
  readonly closed: boolean;
  /** The first frame of a type, of those that have not been asked for yet. Waits for it. */
  next(type: number): Promise<Frame>;
}

/** `skipped`: the octets before the first frame, which are those of a client's preface by default. */
export function speakFrames(socket: Socket, skipped: number = CONNECTION_PREFACE.length): FrameConnection {
  const frames: Frame[] = [];
  const asked = new Set<Frame>();
  let closed = false;
  let bytes = Buffer.alloc(0);
  let skip = skipped;
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const now = Math.min(skip, bytes.length);
    skip -= now;
    bytes = bytes.subarray(now);
    while (bytes.length >= FRAME_HEADER_BYTES) {
      const { length, type, flags, streamId } = readFrameHeader(bytes, 0);
      const end = FRAME_HEADER_BYTES + length;
      if (bytes.length < end) return;
      frames.push({ type, flags, streamId, payload: bytes.subarray(FRAME_HEADER_BYTES, end) });
      bytes = bytes.subarray(end);
    }
  });
  socket.on("error", () => {}); // the client breaks off as it likes
  socket.on("close", () => {
    closed = true;
  });
  return {
    frames,
    send: (...more) => void socket.write(Buffer.concat(more)),
    end: () => void socket.end(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    get closed() {
      return closed;
    },
    async next(type) {
      const find = (): Frame | undefined => frames.find((frame) => frame.type === type && !asked.has(frame));
      await until(() => find() !== undefined, `a frame of type ${type} comes`);
      const frame = find() as Frame;
      asked.add(frame);
      return frame;
    },
  };
}

/** HEADERS with these fields, without a dynamic table; in frames of `maxFrameBytes`. */
export function headersFrame(
  streamId: number,
  fields: readonly HeaderField[],
  { endStream = false, maxFrameBytes = 16_384 }: { readonly endStream?: boolean; readonly maxFrameBytes?: number } = {},
): Uint8Array {
  const encoder = new HpackEncoder({ maxTableBytes: 0 });
  encoder.setMaxTableSize(0);
  const block = encoder.encode(fields);
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < block.length; at += maxFrameBytes) {
    const part = block.subarray(at, at + maxFrameBytes);
    const endHeaders = at + maxFrameBytes >= block.length;
    parts.push(
      at === 0
        ? frameOfBlock(streamId, part, { endStream, endHeaders })
        : continuationFrame(streamId, part, { endHeaders }),
    );
  }
  return Buffer.concat(parts);
}

/** A call of gRPC. */
export const POST: readonly HeaderField[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":authority", "test"],
  [":path", "/a.B/C"],
  ["content-type", "application/grpc"],
  ["te", "trailers"],
];

export const OK: readonly HeaderField[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];

/** The error code of a RST_STREAM, or of a GOAWAY. */
export function errorCodeOf({ type, payload }: Frame): number {
  return payload.readUInt32BE(type === FrameType.goaway ? 4 : 0);
}
