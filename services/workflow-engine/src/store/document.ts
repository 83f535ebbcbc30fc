// Documents of the journal are JSON text here: readable by people, and tolerant of fields that come later.

export function encodeDocument(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** The caller vouches for the type: it reads only keys that it writes itself. */
export function decodeDocument<T extends object>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as T;
}

/** Size of a JSON value as text, in bytes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
