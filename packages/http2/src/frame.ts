/**
 * Reads and writes frame headers: the nine bytes before the payload of every frame. The payload is never read.
 *
 *   byte  0        3      4       5                9
 *         ├ length ┼ type ┼ flags ┼ R · stream id ─┼─ payload: `length` bytes ─ …
 *   bits      24       8      8      1     31
 *
 * RFC 9113 4.1: "All frames begin with a fixed 9-octet header followed by a variable-length frame payload."
 */

/** RFC 9113 4.1: the length field "does not include" these bytes. */
export const FRAME_HEADER_BYTES = 9;

/** Maximum of the 24-bit length field. A receiver accepts 16,384 bytes unless its SETTINGS_MAX_FRAME_SIZE is higher. */
export const MAX_FRAME_BYTES = 0xff_ff_ff;

/** RFC 9113 5.1.1: "Streams are identified by an unsigned 31-bit integer." */
export const MAX_STREAM_ID = 0x7f_ff_ff_ff;

export interface FrameHeader {
  /** Bytes of payload after the header, 0 to {@link MAX_FRAME_BYTES}. */
  readonly length: number;
  /** One of `FrameType`, or an unknown number. RFC 9113 5.5: a receiver ignores frames "of unknown type". */
  readonly type: number;
  readonly flags: number;
  /** 0 is the connection itself. */
  readonly streamId: number;
}

/** Needs {@link FRAME_HEADER_BYTES} bytes at `offset`. */
export function readFrameHeader(bytes: Uint8Array, offset: number): FrameHeader {
  return {
    length: readUint24(bytes, offset),
    type: bytes[offset + 3] as number,
    flags: bytes[offset + 4] as number,
    streamId: readUint31(bytes, offset + 5),
  };
}

/** Needs {@link FRAME_HEADER_BYTES} bytes of space at `offset`. Returns the offset after them. */
export function writeFrameHeader(into: Uint8Array, offset: number, header: FrameHeader): number {
  into[offset] = header.length >>> 16;
  writeUint16(into, offset + 1, header.length);
  into[offset + 3] = header.type;
  into[offset + 4] = header.flags;
  return writeUint32(into, offset + 5, header.streamId & MAX_STREAM_ID);
}

export function readUint24(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 16) | readUint16(bytes, offset + 1);
}

/** RFC 9113 4.1 on the reserved bit before a stream id or an increment: it "MUST be ignored when receiving". */
export function readUint31(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset) & MAX_STREAM_ID;
}

export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  // `<<` gives a negative number when the top bit is set; `>>> 0` maps it to 0 … 2³² − 1.
  return ((readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2)) >>> 0;
}

export function writeUint16(into: Uint8Array, offset: number, value: number): number {
  into[offset] = value >>> 8;
  into[offset + 1] = value;
  return offset + 2;
}

export function writeUint32(into: Uint8Array, offset: number, value: number): number {
  writeUint16(into, offset, value >>> 16);
  return writeUint16(into, offset + 2, value);
}
