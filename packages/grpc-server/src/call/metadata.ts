import { Metadata } from "@grpc/grpc-js";

// gRPC metadata is text, or bytes under a key that ends in `-bin`. Connect's handlers get both as `Headers`: bytes in
// base64, several values of one key joined by a comma. `Headers` accepts more than gRPC can carry. The rest is omitted,
// because grpc-js throws on it, and for some of it no code could catch that.

const BINARY_SUFFIX = "-bin";

/**
 * Keys of the protocol or of a connection. A handler cannot set them, and cannot forward those of a call that it made
 * itself. node:http2 throws on the keys of a connection.
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

/** The client's metadata, for a handler. */
export function toHeaders(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const key of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(key)) {
      headers.append(key, typeof value === "string" ? value : value.toString("base64"));
    }
  }
  return headers;
}

/** The metadata that a handler set; see `addHeaders`. */
export function toMetadata(headers: Headers | undefined, budget: HeaderBudget): Metadata {
  const metadata = new Metadata();
  addHeaders(metadata, headers, budget);
  return metadata;
}

/**
 * Adds `headers`, if any, to `metadata`. Omits the protocol's own keys, and fields that gRPC cannot carry or that do not
 * fit; the budget lists the latter. Never throws.
 */
export function addHeaders(metadata: Metadata, headers: Headers | undefined, budget: HeaderBudget): void {
  headers?.forEach((value, key) => {
    if (PROTOCOL_KEY.test(key)) return;
    const values = CARRIED_KEY.test(key) ? carried(key, value) : undefined;
    if (values === undefined || !budget.take(key, sizeOf(values), values.length)) return void budget.omitted.push(key);
    for (const each of values) metadata.add(key, each);
  });
}

/** All values as grpc-js sends them: each in a field of its own, bytes in base64 with padding. */
function sizeOf(values: readonly (string | Buffer)[]): number {
  return values.reduce(
    (bytes, value) => bytes + (typeof value === "string" ? value.length : Math.ceil(value.byteLength / 3) * 4),
    0,
  );
}

/** Undefined for a value that gRPC cannot carry. */
function carried(key: string, value: string): readonly (string | Buffer)[] | undefined {
  if (!key.endsWith(BINARY_SUFFIX)) return CARRIED_TEXT.test(value) ? [value] : undefined;
  const parts = value.split(",").map((part) => part.trim());
  return parts.every((part) => BASE64.test(part)) ? parts.map((part) => Buffer.from(part, "base64")) : undefined;
}
