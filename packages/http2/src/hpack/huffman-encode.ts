/** Huffman encoding of strings (RFC 7541 5.2). */

import { CODE_BITS, CODES } from "./huffman-code.ts";

/** So many bits fit beside the up to 7 that wait for a whole octet: 31 at most, the non-negative integers. */
const MAX_BITS_AT_ONCE = 24;

/** The octets that {@link writeHuffman} writes. */
export function huffmanBytes(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += CODE_BITS[text.charCodeAt(i) & 0xff] as number;
  return (bits + 7) >>> 3;
}

/** Needs {@link huffmanBytes} bytes at `offset`. Returns the offset after them. */
export function writeHuffman(into: Uint8Array, offset: number, text: string): number {
  let waiting = 0;
  let waitingBits = 0;
  for (let i = 0; i < text.length; i++) {
    const octet = text.charCodeAt(i) & 0xff;
    let code = CODES[octet] as number;
    let bits = CODE_BITS[octet] as number;
    if (bits > MAX_BITS_AT_ONCE) {
      // The upper half first: with the bits that wait, a long code has up to 37 bits.
      bits -= 16;
      waiting = (waiting << bits) | (code >>> 16);
      waitingBits += bits;
      for (; waitingBits >= 8; waitingBits -= 8) into[offset++] = waiting >>> (waitingBits - 8);
      code &= 0xff_ff;
      bits = 16;
    }
    // Bits above those that wait have been written. They leave at the top.
    waiting = (waiting << bits) | code;
    waitingBits += bits;
    for (; waitingBits >= 8; waitingBits -= 8) into[offset++] = waiting >>> (waitingBits - 8);
  }
  // The padding: "the most significant bits of the code corresponding to the EOS (end-of-string) symbol", which are ones.
  if (waitingBits > 0) into[offset++] = (waiting << (8 - waitingBits)) | (0xff >>> waitingBits);
  return offset;
}
