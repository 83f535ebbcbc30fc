/** `grpc-message`: percent-encoded UTF-8 in a header. In: the header as HTTP/2 hands it over, one char a byte. */

import { isUtf8 } from "node:buffer";

/** A byte that stands for itself, or `%` and two digits. */
const ESCAPED = /%[0-9a-f]{2}/gi;
/** Anything that has to be decoded: an escape, or a byte that ASCII does not have. */
const ENCODED = /[%\x80-\xff]/;

/**
 * The message as text. Never throws.
 *
 * gRPC over HTTP/2: "When decoding invalid values, implementations MUST NOT error or throw away the message. … the
 * implementation can decode valid portions while leaving broken %-encodings as-is". Servers also send UTF-8 without
 * encoding it; its bytes are read as what they are. What is no UTF-8 even then is kept as it came.
 */
export function decodeStatusMessage(header: string): string {
  if (!ENCODED.test(header)) return header;
  const unescaped = header.replace(ESCAPED, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)));
  const bytes = Buffer.from(unescaped, "latin1");
  return isUtf8(bytes) ? bytes.toString() : header;
}
