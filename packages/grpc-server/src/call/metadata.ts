import { Metadata } from "@grpc/grpc-js";

// gRPC metadata is text, or bytes under a key that ends in `-bin`; Connect's handlers see both as `Headers`, bytes in
// base64, several values of one key joined by a comma. `Headers` takes more than gRPC does: what gRPC cannot carry is
// left out, because grpc-js throws on it, some of it where nothing catches.

const BINARY_SUFFIX = "-bin";

/**
 * Keys that belong to the protocol or to a connection: a handler can neither set them nor pass on those of a call that
 * it made itself. node:http2 throws on those of a connection.
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

/** What one header block may still hold. The bound that stands here holds for every handler. */
export class HeaderBudget {
  /** What `add` did not take, by key: neither the value nor anything else of it. */
  readonly leftOut: string[] = [];
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get bytesLeft(): number {
    return this.#bytes;
  }

  /** Counts `fields` fields of one key, default 1; false, and not counted, when there is no room for all of them. */
  take(key: string, valueBytes: number, fields = 1): boolean {
    const size = fields * (key.length + FIELD_OVERHEAD_BYTES) + valueBytes;
    if (size > this.#bytes) return false;
    this.#bytes -= size;
    return true;
  }

  /** How long a value under `key` may be. */
  roomFor(key: string): number {
    return Math.max(0, this.#bytes - key.length - FIELD_OVERHEAD_BYTES);
  }
}

/** What the client sent, for a handler. */
export function toHeaders(metadata: Metadata): Headers {
  const headers = new Headers();
  for (const key of Object.keys(metadata.getMap())) {
    for (const value of metadata.get(key)) {
      headers.append(key, typeof value === "string" ? value : value.toString("base64"));
    }
  }
  return headers;
}

/** What a handler set, if anything, for the wire; see `addHeaders`. */
export function toMetadata(headers: Headers | undefined, budget: HeaderBudget): Metadata {
  const metadata = new Metadata();
  addHeaders(metadata, headers, budget);
  return metadata;
}

/**
 * Adds `headers`, if any, to `metadata`. The protocol's own keys are left out; so is what gRPC cannot carry and what does
 * not fit, and the budget names it. Never throws.
 */
export function addHeaders(metadata: Metadata, headers: Headers | undefined, budget: HeaderBudget): void {
  headers?.forEach((value, key) => {
    if (PROTOCOL_KEY.test(key)) return;
    const values = CARRIED_KEY.test(key) ? carried(key, value) : undefined;
    if (values === undefined || !budget.take(key, sizeOf(values), values.length)) return void budget.leftOut.push(key);
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

/** Undefined when gRPC cannot carry it. */
function carried(key: string, value: string): readonly (string | Buffer)[] | undefined {
  if (!key.endsWith(BINARY_SUFFIX)) return CARRIED_TEXT.test(value) ? [value] : undefined;
  const parts = value.split(",").map((part) => part.trim());
  return parts.every((part) => BASE64.test(part)) ? parts.map((part) => Buffer.from(part, "base64")) : undefined;
}
