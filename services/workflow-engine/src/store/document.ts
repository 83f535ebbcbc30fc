// Documents are JSON text: people can read it, and a document may have fields that a later version adds.

export function encodeDocument(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/**
 * The caller knows the type, because it reads only keys that it writes.
 *
 * @throws SyntaxError when the bytes are not JSON, without the parser's error: that quotes the document, and logs would have it
 */
export function decodeDocument<T extends object>(bytes: Uint8Array): T {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as T;
  } catch {
    throw new SyntaxError("a stored document is not JSON");
  }
}
