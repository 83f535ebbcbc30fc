/**
 * Strings of gRPC responses and requests by their encoded bytes, so that reading one of them allocates nothing. In: the bytes of
 * a string literal. Out: the string, always the same object, or undefined if it is not one of these.
 */

import { huffmanBytes, writeHuffman } from "./huffman-encode.ts";

/** Names that are not in the static table, and values. */
const STRINGS: readonly string[] = [
  ":authority",
  ":method",
  ":path",
  ":scheme",
  ":status",
  "content-type",
  "date",
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-message",
  "grpc-status",
  "grpc-status-details-bin",
  "grpc-timeout",
  "server",
  "te",
  "user-agent",
  "0",
  "200",
  "application/grpc",
  "application/grpc+proto",
  "gzip",
  "identity",
  "identity, deflate, gzip",
  "identity,deflate,gzip",
  "POST",
  "trailers",
];

interface Known {
  readonly text: string;
  readonly bytes: Uint8Array;
  /** Of the same slot. */
  readonly next: Known | undefined;
}

/** Several times as many as strings, so that most slots have one or none. */
const SLOTS = 128;
/** Made for the first string. */
let table: readonly (Known | undefined)[] | undefined;

/** The known string with these bytes, `from` to `to`. An octet has the same meaning in no two encodings: `huffman` says which. */
export function knownString(bytes: Uint8Array, from: number, to: number, huffman: boolean): string | undefined {
  if (from === to) return "";
  table ??= buildTable();
  for (let known = table[slotOf(bytes, from, to, huffman)]; known !== undefined; known = known.next)
    if (isAt(known.bytes, bytes, from, to)) return known.text;
  return undefined;
}

function slotOf(bytes: Uint8Array, from: number, to: number, huffman: boolean): number {
  const ends = (bytes[from] as number) * 5 + (bytes[to - 1] as number);
  return ((to - from) * 9 + ends + (huffman ? 64 : 0)) & (SLOTS - 1);
}

function isAt(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (known.length !== to - from) return false;
  for (let i = 0; i < known.length; i++) if (known[i] !== bytes[from + i]) return false;
  return true;
}

function buildTable(): readonly (Known | undefined)[] {
  const slots = new Array<Known | undefined>(SLOTS).fill(undefined);
  for (const text of STRINGS) {
    const coded = new Uint8Array(huffmanBytes(text));
    writeHuffman(coded, 0, text);
    add(slots, text, Buffer.from(text, "latin1"), false);
    add(slots, text, coded, true);
  }
  return slots;
}

function add(slots: (Known | undefined)[], text: string, bytes: Uint8Array, huffman: boolean): void {
  const slot = slotOf(bytes, 0, bytes.length, huffman);
  slots[slot] = { text, bytes, next: slots[slot] };
}
