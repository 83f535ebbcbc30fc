/**
 * The metadata of a call: an ordered list of names and values, where a name may occur more than once.
 * Kept as one flat list, because that is what HTTP/2 hands over and what copies cheapest.
 */

import { ChannelError } from "./errors.ts";
import { Status } from "./status.ts";

/** gRPC over HTTP/2: `Header-Name → 1*( %x30-39 / %x61-7A / "_" / "-" / ".")`. */
const NAME = /^[0-9a-z_.-]+$/;
/** gRPC over HTTP/2: `ASCII-Value → 1*( %x20-%x7E )`. */
const VALUE = /^[\x20-\x7e]*$/;

/**
 * Names that belong to the protocol or to one connection (RFC 9113 8.2.2), so that a gateway may hand on what it received:
 * a caller's own are not sent.
 */
const RESERVED = new Set([
  "te",
  "content-type",
  "content-length",
  "user-agent",
  "host",
  "connection",
  "keep-alive",
  "proxy-connection",
  "upgrade",
  "http2-settings",
  "transfer-encoding",
]);

/**
 * Largest list that is sent, in bytes as RFC 9113 6.5.2 counts them. node:http2 closes a connection, with the calls of
 * everyone on it, over a header block above 64 KiB; 4 KiB of these are left to what the protocol adds to each call.
 */
export const MAX_METADATA_BYTES: number = 60 * 1_024;
/** RFC 9113 6.5.2: "the length of the name and value in units of octets plus an overhead of 32 octets for each field line". */
const FIELD_OVERHEAD_BYTES = 32;

export class Metadata {
  /** Nothing. Shared, therefore frozen. */
  static readonly empty: Metadata = new Metadata([]);

  readonly #flat: readonly string[];

  private constructor(flat: readonly string[]) {
    this.#flat = flat;
  }

  /**
   * From pairs of a caller. Values of names that end in `-bin` are bytes; all others are printable ASCII.
   * @throws ChannelError `invalid_argument`, naming the entry that gRPC cannot carry; `resource_exhausted` for too many of them.
   */
  static from(entries: Iterable<readonly [name: string, value: string | Uint8Array]>): Metadata {
    const flat: string[] = [];
    let bytes = 0;
    for (const [rawName, value] of entries) {
      const name = rawName.toLowerCase();
      if (RESERVED.has(name) || name.startsWith("grpc-") || name.startsWith(":")) continue;
      const encoded = encodeValue(name, value);
      bytes += name.length + encoded.length + FIELD_OVERHEAD_BYTES;
      flat.push(name, encoded);
    }
    if (bytes > MAX_METADATA_BYTES) throw tooLarge(bytes);
    return flat.length === 0 ? Metadata.empty : new Metadata(flat);
  }

  /** From a flat list of names and values as they were on the wire. Not copied, not checked. */
  static fromWire(flat: readonly string[]): Metadata {
    return flat.length === 0 ? Metadata.empty : new Metadata(flat);
  }

  get size(): number {
    return this.#flat.length / 2;
  }

  /** The first value of a name, as it was on the wire (`-bin`: base64). */
  get(name: string): string | undefined {
    for (let i = 0; i < this.#flat.length; i += 2) if (this.#flat[i] === name) return this.#flat[i + 1];
    return undefined;
  }

  /** All pairs in order, values as they were on the wire (`-bin`: base64). */
  *entries(): Generator<readonly [name: string, value: string]> {
    for (let i = 0; i < this.#flat.length; i += 2) yield [this.#flat[i] as string, this.#flat[i + 1] as string];
  }

  /** Calls `visit` for each pair: `entries` without an iterator, for the hot path. */
  forEach(visit: (name: string, value: string) => void): void {
    for (let i = 0; i < this.#flat.length; i += 2) visit(this.#flat[i] as string, this.#flat[i + 1] as string);
  }
}

/** `-bin` values travel as base64 without padding ("Implementations … MUST accept padded and un-padded values"). */
export function encodeBinary(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64").replace(/=+$/, "");
}

/** The bytes of a `-bin` value. */
export function decodeBinary(value: string): Uint8Array {
  return Buffer.from(value, "base64");
}

function encodeValue(name: string, value: string | Uint8Array): string {
  if (!NAME.test(name)) throw invalid(`metadata name ${JSON.stringify(name)}: expected only 0-9 a-z _ . -`);
  if (typeof value !== "string") {
    if (name.endsWith("-bin")) return encodeBinary(value);
    throw invalid(`metadata "${name}": bytes need a name that ends in "-bin"`);
  }
  if (!VALUE.test(value))
    throw invalid(`metadata "${name}": expected printable ASCII; use a name that ends in "-bin" for anything else`);
  return value;
}

function tooLarge(bytes: number): ChannelError {
  return new ChannelError(
    Status.resourceExhausted,
    `metadata of ${bytes} bytes: expected at most ${MAX_METADATA_BYTES}`,
  );
}

function invalid(message: string): ChannelError {
  return new ChannelError(Status.invalidArgument, message);
}
