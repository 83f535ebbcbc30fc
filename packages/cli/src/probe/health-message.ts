/**
 * Encodes and decodes the two messages of `grpc.health.v1.Health/Check`. Generated code is not used: loading it takes longer
 * than the call.
 *
 *   gRPC frame    0x00 (not compressed) │ length, 4 bytes │ message
 *   request       0x0a (field 1, bytes) │ length, varint  │ service, UTF-8
 *   response      0x08 (field 1, varint)│ ServingStatus
 */

const FRAME_HEADER_BYTES = 5;

const STATUS_NAMES: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

export function encodeCheckRequest(service: string): Buffer {
  const name = Buffer.from(service);
  const message = name.length === 0 ? name : Buffer.concat([Buffer.from([0x0a, ...varint(name.length)]), name]);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** The name of the status; undefined for bytes that are not a HealthCheckResponse. */
export function decodeCheckResponse(frame: Buffer): string | undefined {
  if (frame.length < FRAME_HEADER_BYTES || frame[0] !== 0) return undefined;
  const message = frame.subarray(FRAME_HEADER_BYTES);
  if (message.length !== frame.readUInt32BE(1)) return undefined;
  // Proto3: an absent field has its default, UNKNOWN.
  if (message.length === 0) return STATUS_NAMES[0];
  // The message has this one field, and each of its values fits one byte.
  return message.length === 2 && message[0] === 0x08 ? STATUS_NAMES[message[1] ?? 0xff] : undefined;
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
