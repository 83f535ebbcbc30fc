/** Text of the other side (OpenSSL, a GOAWAY) as a part of our messages. */

/** A GOAWAY may carry 16 KiB of debug data; an error message has room for a sentence or two. */
const MAX_CHARS = 256;

/** Without line breaks and control characters, and cut to a length that a log line can take. */
export function oneLine(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length <= MAX_CHARS ? line : `${line.slice(0, MAX_CHARS)}…`;
}
