/** Longest text from outside that is kept, in bytes: the error of an expression, a header of a response. */
const MAX_FOREIGN_TEXT_BYTES: number = 4 * 1024;

/** What remains of a character that was cut in its middle. */
const TORN_CHARACTER = /\uFFFD+$/;

/**
 * Cuts a text from outside, so that it can be stored and shown with its run. A text of more than `maxBytes` of UTF-8 is cut
 * between two characters and ends with `… (cut: N bytes)`; N is the length of the whole text.
 */
export function cutText(text: string, maxBytes: number = MAX_FOREIGN_TEXT_BYTES): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  const mark = `… (cut: ${bytes} bytes)`;
  const room = Math.max(0, maxBytes - Buffer.byteLength(mark));
  // A character has at least one byte, so `room` characters are enough.
  const kept = Buffer.from(text.slice(0, room)).subarray(0, room);
  return kept.toString("utf8").replace(TORN_CHARACTER, "") + mark;
}
