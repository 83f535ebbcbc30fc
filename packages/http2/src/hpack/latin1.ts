/**
 * Latin-1 text in buffers. `latin1Slice` and `latin1Write` are what `toString` and `write` of Node, Bun and Deno call in the end; without
 * the look-up of the encoding's name they cost about 45 ns less, half of the whole for a header. Node does not document them, so its
 * types lack them.
 */

/** Up to about so many characters a loop is faster than the call. */
const MAX_WRITTEN_BY_LOOP = 12;

interface Latin1Methods {
  latin1Slice(from: number, to: number): string;
  latin1Write(text: string, offset: number): number;
}

/** The octets of `bytes` from `from` to `to`, each as a character. */
export function readLatin1(bytes: Buffer, from: number, to: number): string {
  return (bytes as Buffer & Latin1Methods).latin1Slice(from, to);
}

/** Writes the low byte of each character. Needs as many bytes as `text` has characters. Returns the offset after them. */
export function writeLatin1(into: Buffer, offset: number, text: string): number {
  if (text.length > MAX_WRITTEN_BY_LOOP) return offset + (into as Buffer & Latin1Methods).latin1Write(text, offset);
  for (let i = 0; i < text.length; i++) into[offset + i] = text.charCodeAt(i);
  return offset + text.length;
}
