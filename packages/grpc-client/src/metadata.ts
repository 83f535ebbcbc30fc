/**
 * The metadata of a call: an ordered list of names and values, where a name may occur more than once.
 * Kept as one flat list, because that is what HTTP/2 hands over and what copies cheapest.
 */

import { ChannelError, invalidArgument } from "./errors.ts";
import { Status } from "./status.ts";

// Not by an import, which would read every export of the module: 3 ms of CPU at each start.
const { types } = process.getBuiltinModule("node:util");

/** gRPC over HTTP/2: `Header-Name → 1*( %x30-39 / %x61-7A / "_" / "-" / ".")`. */
const NAME = /^[0-9a-z_.-]+$/;
/** gRPC over HTTP/2: `ASCII-Value → 1*( %x20-%x7E )`. */
const VALUE = /^[\x20-\x7e]*$/;
/** RFC 4648 4, with or without padding. The last group has two or three characters, never one. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}={0,2}|[A-Za-z0-9+/]{3}=?)?$/;

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

/** Metadata of a request or a response: an immutable list of names and values. A name may occur more than once. */
export class Metadata {
  /** Nothing. Shared, therefore frozen. */
  static readonly empty: Metadata = new Metadata([], true);

  readonly #flat: readonly string[];
  /** Whether each entry is one that a request may carry. */
  readonly #isSendable: boolean;

  private constructor(flat: readonly string[], isSendable: boolean) {
    this.#flat = flat;
    this.#isSendable = isSendable;
  }

  /**
   * From pairs of a caller. Values of names that end in `-bin` are bytes, or base64 as `encodeBinary` makes it, several
   * of them joined by commas included; all others are printable ASCII, and lose spaces at their ends.
   * @throws ChannelError `invalid_argument`, naming the entry that gRPC cannot carry; `resource_exhausted` for too many of them.
   */
  static from(entries: Iterable<readonly [name: string, value: string | Uint8Array]>): Metadata {
    const flat: string[] = [];
    for (const [rawName, value] of entries) {
      const name = String(rawName).toLowerCase();
      if (RESERVED.has(name) || name.startsWith("grpc-") || name.startsWith(":")) continue;
      for (const encoded of encodeValues(name, value)) flat.push(name, encoded);
    }
    if (flat.length === 0) return Metadata.empty;
    const metadata = new Metadata(flat, true);
    const { bytes } = metadata;
    if (bytes > MAX_METADATA_BYTES) throw tooLarge(bytes);
    return metadata;
  }

  /**
   * From a flat list of names and values as they were on the wire, in which a field of `-bin` values may hold several.
   * Not checked.
   */
  static fromWire(flat: readonly string[]): Metadata {
    return flat.length === 0 ? Metadata.empty : new Metadata(splitBinaryFields(flat), false);
  }

  get size(): number {
    return this.#flat.length / 2;
  }

  /** Its size as RFC 9113 6.5.2 counts it, in bytes. */
  get bytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.#flat.length; i++) bytes += (this.#flat[i] as string).length;
    return bytes + this.size * FIELD_OVERHEAD_BYTES;
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

  /**
   * The same entries for a request: itself when `from` has checked them, else what `from` makes of them, since a server
   * may send what a client must not.
   * @throws ChannelError as `from`
   */
  sendable(): Metadata {
    return this.#isSendable ? this : Metadata.from(this.entries());
  }
}

/** Whether the values of a name are bytes. */
export function isBinaryName(name: string): boolean {
  return name.endsWith("-bin");
}

/** `-bin` values travel as base64 without padding ("Implementations … MUST accept padded and un-padded values"). */
export function encodeBinary(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64").replace(/=+$/, "");
}

/**
 * The bytes of one `-bin` value, padded or not. For a field that may hold several, see `decodeBinaries`.
 * @throws ChannelError `invalid_argument` for text that is not base64
 */
export function decodeBinary(value: string): Uint8Array {
  if (!BASE64.test(value)) throw invalidArgument("a -bin value", "base64", value);
  return Buffer.from(value, "base64");
}

/**
 * The bytes of each value of a `-bin` field, such as fetch's `Headers` show it: several values joined by commas.
 * gRPC over HTTP/2: "Implementations MUST split Binary-Headers on "," before decoding the Base64-encoded values."
 * @throws ChannelError `invalid_argument` for text that is not base64
 */
export function decodeBinaries(field: string): Uint8Array[] {
  return splitBinaryField(field).map(decodeBinary);
}

function splitBinaryField(field: string): string[] {
  return field.split(",").map((value) => value.trim());
}

/** The list itself unless a `-bin` field in it holds several values. */
function splitBinaryFields(flat: readonly string[]): readonly string[] {
  let split: string[] | undefined;
  for (let i = 0; i < flat.length; i += 2) {
    const [name, value] = [flat[i] as string, flat[i + 1] as string];
    if (isBinaryName(name) && value.includes(",")) {
      split ??= flat.slice(0, i);
      for (const one of splitBinaryField(value)) split.push(name, one);
    } else {
      split?.push(name, value);
    }
  }
  return split ?? flat;
}

/** What is sent for one entry of a caller: one value, or each of the base64 values that it joins. */
function encodeValues(name: string, value: string | Uint8Array): readonly string[] {
  if (!NAME.test(name)) throw invalidArgument("metadata name", "only 0-9 a-z _ . -", name);
  if (isBinaryName(name)) return types.isUint8Array(value) ? [encodeBinary(value)] : encodeBase64(name, value);
  if (types.isUint8Array(value)) throw invalid(name, 'text; bytes need a name that ends in "-bin"');
  if (typeof value !== "string" || !VALUE.test(value))
    throw invalid(name, 'printable ASCII; use a name that ends in "-bin" for anything else');
  // "ASCII-Value should not have leading or trailing whitespace. If it contains leading or trailing whitespace, it may be
  // stripped." An HTTP/2 peer resets the stream over it (RFC 9113 8.2.1).
  return [value.startsWith(" ") || value.endsWith(" ") ? value.trim() : value];
}

/** A peer decodes whatever it is given, so that text which is not base64 would arrive as other bytes. */
function encodeBase64(name: string, field: string): string[] {
  const values = typeof field === "string" ? splitBinaryField(field) : [];
  if (values.length === 0 || !values.every((value) => BASE64.test(value)))
    throw invalid(name, "bytes, or base64 as encodeBinary makes it");
  return values.map((value) => value.replace(/=+$/, ""));
}

function tooLarge(bytes: number): ChannelError {
  return new ChannelError(
    Status.resourceExhausted,
    `metadata of ${bytes} bytes: expected at most ${MAX_METADATA_BYTES}`,
  );
}

/** Without the value, which may be a secret. */
function invalid(name: string, expected: string): ChannelError {
  return new ChannelError(Status.invalidArgument, `metadata "${name}": expected ${expected}`);
}
