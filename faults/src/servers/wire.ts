/**
 * The methods of the fault tests, and the bytes of their messages. Each message is a google.protobuf.StringValue with the
 * name of the call, written by hand, so that a client needs no schema.
 */

export const READ_PATH = "/agentteam.faults.v1.Faults/Read";
export const WRITE_PATH = "/agentteam.faults.v1.Faults/Write";
export const WATCH_PATH = "/agentteam.faults.v1.Faults/Watch";

/** Metadata with the name of the call: a server knows it before the message has come. */
export const CALL_ID = "x-call-id";

/** Streams send a message this often, and end after this time. */
export const MESSAGE_EVERY_MS = 500;
export const STREAM_MS = 20_000;

const PREFIX_BYTES = 5;

/** A gRPC message with its prefix: not compressed, the length in four bytes, the bytes. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(PREFIX_BYTES + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** Field 1, length-delimited. */
const STRING_TAG = 0x0a;
const MAX_ONE_BYTE_LENGTH = 0x7f;

/** @throws RangeError for more than 127 bytes, whose length takes two bytes. */
export function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_ONE_BYTE_LENGTH) throw new RangeError(`expected at most 127 bytes, got ${bytes.length}`);
  return Buffer.concat([Buffer.from([STRING_TAG, bytes.length]), bytes]);
}

/** Undefined for other bytes than those of `encodeText`. */
export function decodeText(message: Uint8Array): string | undefined {
  const isText = message[0] === STRING_TAG && message[1] === message.length - 2;
  return isText ? Buffer.from(message).toString("utf8", 2) : undefined;
}
