/**
 * The Huffman code of RFC 7541, appendix B. The code is canonical: of two symbols the one with the shorter code, or with the
 * smaller number at equal length, has the smaller code. So the lengths are the whole table.
 */

/** RFC 7541 5.2: "the EOS symbol", which is never written; its first bits are the padding. */
export const EOS = 256;

/** Length of the code in bits, by symbol: the 256 octets, then EOS. */
// biome-ignore format: sixteen symbols in a line
export const CODE_BITS: Uint8Array = Uint8Array.of(
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
);

const MAX_CODE_BITS = 30;

/** The code of each symbol, in the low bits. */
export const CODES: Uint32Array = canonicalCodes();

/** In two passes over the symbols, because every import of the package makes them: what a length adds, then each symbol's code. */
function canonicalCodes(): Uint32Array {
  const next = firstCodes();
  return Uint32Array.from(CODE_BITS, (bits) => next[bits]!++);
}

/** The smallest code of each length. */
function firstCodes(): Uint32Array {
  const symbols = new Uint32Array(MAX_CODE_BITS + 1);
  for (const bits of CODE_BITS) symbols[bits]! += 1;
  const first = new Uint32Array(MAX_CODE_BITS + 1);
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) first[bits] = 2 * (first[bits - 1]! + symbols[bits - 1]!);
  return first;
}
