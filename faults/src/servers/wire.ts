/** The methods of the fault tests, and the bytes of their messages: a call's name as text, without a schema. */

export const READ_PATH = "/agentteam.faults.v1.Faults/Read";
export const WRITE_PATH = "/agentteam.faults.v1.Faults/Write";
export const WATCH_PATH = "/agentteam.faults.v1.Faults/Watch";

const PREFIX_BYTES = 5;

/** A gRPC message with its prefix: not compressed, the length in four bytes, the bytes. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.alloc(PREFIX_BYTES + message.length);
  framed.writeUInt32BE(message.length, 1);
  framed.set(message, PREFIX_BYTES);
  return framed;
}

/** The text of the one message in a request. */
export function unframe(request: Buffer): string {
  return request.subarray(PREFIX_BYTES).toString();
}
