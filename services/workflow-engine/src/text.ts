/** Longest text of a stranger that is kept, in bytes: an error of an expression, a header of a response. */
const maxForeignTextBytes: number = 4 * 1024;

/**
 * A text that came from outside, short enough to be kept and shown wherever a run is: what is above `maxBytes` of UTF-8
 * is cut off between two characters, and the text then ends with `… (cut: N bytes)`. N is its whole length.
 */
export function cutText(text: string, maxBytes: number = maxForeignTextBytes): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxBytes) return text;
  const mark = `… (cut: ${bytes} bytes)`;
  const room = Math.max(0, maxBytes - Buffer.byteLength(mark));
  // A character has at least one byte, so this slice has all that can fit; the last character of it may be torn.
  const kept = Buffer.from(text.slice(0, room)).subarray(0, room);
  return kept.toString("utf8").replace(/\uFFFD+$/, "") + mark;
}
