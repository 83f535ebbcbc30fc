/**
 * Writes integers (RFC 7541 5.1), which share their first octet with other bits. `BlockReader` reads them.
 *
 *   value < 2^N − 1           │ pattern │ value, N bits │
 *   otherwise                 │ pattern │ 1 … 1         │  1 │ 7 bits │ … │ 0 │ 7 bits │    value − (2^N − 1), low bits first
 */

/** Octets of the longest integer, the first one and four of 7 bits: up to 2^28, far above each size that a peer may use with us. */
export const MAX_INTEGER_BYTES = 5;

/** Needs {@link MAX_INTEGER_BYTES} bytes at `offset`. `pattern` has the bits above the prefix. Returns the offset after it. */
export function writeInteger(
  into: Uint8Array,
  offset: number,
  pattern: number,
  prefixBits: number,
  value: number,
): number {
  const full = (1 << prefixBits) - 1;
  if (value < full) {
    into[offset] = pattern | value;
    return offset + 1;
  }
  into[offset++] = pattern | full;
  let rest = value - full;
  for (; rest >= 0x80; rest >>>= 7) into[offset++] = 0x80 | (rest & 0x7f);
  into[offset++] = rest;
  return offset;
}
