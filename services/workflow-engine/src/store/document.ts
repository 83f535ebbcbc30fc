// Documents are JSON text: people can read it, and a document may have fields that a later version adds.

export function encodeDocument(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/**
 * The caller knows the type, because it reads only keys that it writes.
 *
 * @throws SyntaxError when the bytes are not JSON
 */
export function decodeDocument<T extends object>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as T;
}
