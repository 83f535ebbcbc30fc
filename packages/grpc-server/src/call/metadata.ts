import type { Field } from "../wire.ts";

// gRPC metadata is text, or bytes under a key that ends in `-bin`. Connect's handlers get both as `Headers`: bytes in
// base64, several values of one key joined by a comma. `Headers` accepts more than gRPC can carry. The rest is omitted.

const BINARY_SUFFIX = "-bin";

/**
 * Keys of the protocol or of a connection. A handler cannot set them, and cannot forward those of a call that it made
 * itself. RFC 9113 8.2.2 forbids the keys of a connection.
 */
const PROTOCOL_KEY =
  /^(grpc-.*|:.*|content-(?:type|length|encoding)|te|host|trailer|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|http2-settings)$/;

/** "Header-Name → 1*( %x30-39 / %x61-7A / "_" / "-" / ".") ; 0-9 a-z _ - ." */
const CARRIED_KEY = /^[0-9a-z_.-]+$/;

/** "ASCII-Value → 1*( %x20-%x7E ) ; space and printable ASCII" */
const CARRIED_TEXT = /^[ -~]*$/;

/** Padding is optional, and both alphabets are read. */
const BASE64 = /^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2,3})?={0,2}$/;

/** RFC 9113 6.5.2: the size of a field is "the length of the name and value" and "an overhead of 32 octets". */
const FIELD_OVERHEAD_BYTES = 32;

/** The bytes that are left in one header block. No handler can pass this bound. */
export class HeaderBudget {
  /** The keys of omitted fields. A key in this list has no value in the block. */
  readonly omitted: string[] = [];
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Counts `fields` fields of one key, default 1; false, and not counted, when there is no room for all of them. */
  take(key: string, valueBytes: number, fields = 1): boolean {
    const size = fields * (key.length + FIELD_OVERHEAD_BYTES) + valueBytes;
    if (size > this.#bytes) return false;
    this.#bytes -= size;
    return true;
  }

  /** The largest value under `key` that fits, in bytes. */
  roomFor(key: string): number {
    return Math.max(0, this.#bytes - key.length - FIELD_OVERHEAD_BYTES);
  }
}

/**
 * The fields for `headers`, if any. Omits the protocol's own keys, and fields that gRPC cannot carry or that do not
 * fit; the budget lists the latter. Never throws.
 */
export function toFields(headers: Headers | undefined, budget: HeaderBudget): Field[] {
  const fields: Field[] = [];
  headers?.forEach((value, key) => {
    if (PROTOCOL_KEY.test(key)) return;
    const values = CARRIED_KEY.test(key) ? carried(key, value) : undefined;
    if (values === undefined || !budget.take(key, sizeOf(values), values.length)) return void budget.omitted.push(key);
    for (const each of values) fields.push([key, each]);
  });
  return fields;
}

function sizeOf(values: readonly string[]): number {
  return values.reduce((bytes, value) => bytes + value.length, 0);
}

/** The values as they are sent: each in a field of its own, bytes in base64 with padding. Undefined for one that gRPC cannot carry. */
function carried(key: string, value: string): readonly string[] | undefined {
  // HTTP/2 has no spaces at the ends of a value (RFC 9113 8.2.1); `Headers` has cut them.
  if (!key.endsWith(BINARY_SUFFIX)) return CARRIED_TEXT.test(value) ? [value] : undefined;
  const parts = value.split(",").map((part) => part.trim());
  if (!parts.every((part) => BASE64.test(part))) return undefined;
  return parts.map((part) => Buffer.from(part, "base64").toString("base64"));
}
