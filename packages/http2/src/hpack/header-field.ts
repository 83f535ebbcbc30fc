/** A header field, and its size as RFC 7541 and RFC 9113 count it. */

/**
 * Name and value as Latin-1: a character is an octet. RFC 7541 1.3: "Both the name and value are treated as opaque sequences
 * of octets." Neither direction checks which characters they have.
 */
export type HeaderField = readonly [name: string, value: string];

/** RFC 7541 4.1: "The size of an entry is the sum of its name's length in octets …, its value's length in octets, and 32." */
const FIELD_OVERHEAD_BYTES = 32;

/** In the dynamic table (RFC 7541 4.1) and for SETTINGS_MAX_HEADER_LIST_SIZE (RFC 9113 6.5.2) alike: of the uncompressed field. */
export function fieldBytes(name: string, value: string): number {
  return name.length + value.length + FIELD_OVERHEAD_BYTES;
}
