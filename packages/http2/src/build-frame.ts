/**
 * Builders of HTTP/2 frames. In: the fields of a frame. Out: its bytes, in one allocation. They never validate: an even stream id, a
 * PING of three bytes or a wrong flag is written as given, so that a test can be a peer that breaks the protocol.
 */

import { FrameFlag, FrameType } from "./constants.ts";
import { FRAME_HEADER_BYTES, writeFrameHeader, writeUint16, writeUint32 } from "./frame.ts";

/** RFC 9113 3.4: the first bytes of a client, "a sequence of 24 octets". Its SETTINGS follow. */
export const CONNECTION_PREFACE: Uint8Array = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

const NO_PAYLOAD = new Uint8Array(0);

/** Any frame. `length` may differ from the length of the payload, which is its default. */
export function buildFrame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array,
  length?: number,
): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(frame, 0, { length: length ?? payload.length, type, flags, streamId });
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

/** RFC 9113 6.1. With gRPC, `payload` is a part of a length-prefixed message. */
export function dataFrame(
  streamId: number,
  payload: Uint8Array,
  { endStream = false }: { readonly endStream?: boolean } = {},
): Uint8Array {
  return buildFrame(FrameType.data, endStream ? FrameFlag.endStream : FrameFlag.none, streamId, payload);
}

/**
 * RFC 9113 6.2. `block` is a header block encoded by HPACK (RFC 7541), or its first part. `endHeaders` (default true): no
 * CONTINUATION follows.
 */
export function headersFrame(
  streamId: number,
  block: Uint8Array,
  { endStream = false, endHeaders = true }: { readonly endStream?: boolean; readonly endHeaders?: boolean } = {},
): Uint8Array {
  const flags = (endStream ? FrameFlag.endStream : 0) | (endHeaders ? FrameFlag.endHeaders : 0);
  return buildFrame(FrameType.headers, flags, streamId, block);
}

/** RFC 9113 6.10: a further part of a header block. */
export function continuationFrame(
  streamId: number,
  block: Uint8Array,
  { endHeaders = true }: { readonly endHeaders?: boolean } = {},
): Uint8Array {
  return buildFrame(FrameType.continuation, endHeaders ? FrameFlag.endHeaders : FrameFlag.none, streamId, block);
}

/** RFC 9113 6.4: "immediate termination of a stream". */
export function rstStreamFrame(streamId: number, errorCode: number): Uint8Array {
  return buildFrame(FrameType.rstStream, FrameFlag.none, streamId, uint32(errorCode));
}

/** RFC 9113 6.5: pairs of a `SettingId` and its value, each "an unsigned 16-bit … and an unsigned 32-bit" number. */
export function settingsFrame(settings: readonly (readonly [id: number, value: number])[] = []): Uint8Array {
  const payload = new Uint8Array(6 * settings.length);
  let offset = 0;
  for (const [id, value] of settings) {
    offset = writeUint16(payload, offset, id);
    offset = writeUint32(payload, offset, value);
  }
  return buildFrame(FrameType.settings, FrameFlag.none, 0, payload);
}

/** RFC 9113 6.5.3: acknowledges the peer's SETTINGS. It has no payload. */
export function settingsAckFrame(): Uint8Array {
  return buildFrame(FrameType.settings, FrameFlag.ack, 0, NO_PAYLOAD);
}

/** RFC 9113 6.7: "8 octets of opaque data", which the response (`ack`) repeats. */
export function pingFrame(opaque: Uint8Array, { ack = false }: { readonly ack?: boolean } = {}): Uint8Array {
  return buildFrame(FrameType.ping, ack ? FrameFlag.ack : FrameFlag.none, 0, opaque);
}

/** RFC 9113 6.8: the peer must open no new streams, and streams above `lastStreamId` are not processed. `debug` is text. */
export function goawayFrame(lastStreamId: number, errorCode: number, debug = ""): Uint8Array {
  const text = new TextEncoder().encode(debug);
  const payload = new Uint8Array(8 + text.length);
  writeUint32(payload, writeUint32(payload, 0, lastStreamId), errorCode);
  payload.set(text, 8);
  return buildFrame(FrameType.goaway, FrameFlag.none, 0, payload);
}

/** RFC 9113 6.9: the peer may send `bytes` more on the stream, or on the connection if `streamId` is 0. */
export function windowUpdateFrame(streamId: number, bytes: number): Uint8Array {
  return buildFrame(FrameType.windowUpdate, FrameFlag.none, streamId, uint32(bytes));
}

function uint32(value: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeUint32(payload, 0, value);
  return payload;
}
