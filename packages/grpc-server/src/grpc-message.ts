/**
 * A status message as `grpc-message` carries it: "Percent-Byte-Unencoded → 1*( %x20-%x24 / %x26-%x7E )", all
 * other bytes as %XX of its UTF-8. A lone surrogate has no UTF-8: it becomes U+FFFD.
 */
export function encodeMessage(message: string): string {
  return encodeURI(message.toWellFormed());
}
