/**
 * The two messages of grpc.health.v1, by hand, because the client has no protobuf library.
 *
 *   HealthCheckRequest     0x0a (field 1, bytes) │ length, varint │ service, UTF-8
 *   HealthCheckResponse    0x08 (field 1, varint)│ ServingStatus
 */

const STATUS_FIELD = 1;
const STATUS_NAMES: readonly string[] = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
/** A varint has seven bits in a byte; ten bytes hold 64 bits. */
const MAX_VARINT_BYTES = 10;

/** The kinds of fields that a later version of the message may have: Protocol Buffers, "Message Structure". */
const WireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Empty service: the server as a whole. */
export function encodeHealthRequest(service: string): Uint8Array {
  const name = new TextEncoder().encode(service);
  return name.length === 0 ? name : Uint8Array.of(0x0a, ...varint(name.length), ...name);
}

/** The name of the status. Fields that this version does not know are skipped. Undefined for bytes that are no such message. */
export function servingStatusOf(message: Uint8Array): string | undefined {
  const reader = new FieldReader(message);
  // Proto3: an absent field has its default, and of several the last one counts.
  let status = 0;
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const value = reader.field(tag & 7);
    if (tag >>> 3 === STATUS_FIELD && (tag & 7) === WireType.varint) status = value;
  }
  if (reader.isBroken) return undefined;
  return STATUS_NAMES[status] ?? `status ${status}`;
}

/** Reads a message from its beginning. What is cut off or malformed makes it broken, and ends it. */
class FieldReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  isBroken = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.isBroken || this.#at === this.#bytes.length;
  }

  /** Of larger numbers the low 32 bits: no tag, length or status is larger. */
  varint(): number {
    let value = 0;
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      if (i < 5) value |= (byte & 0x7f) << (7 * i);
      if (byte < 0x80) return value >>> 0;
    }
    this.isBroken = true;
    return 0;
  }

  /** The value of a varint; every other field is skipped. */
  field(wireType: number): number {
    switch (wireType) {
      case WireType.varint:
        return this.varint();
      case WireType.bytes:
        return this.#skip(this.varint());
      case WireType.fixed64:
        return this.#skip(8);
      case WireType.fixed32:
        return this.#skip(4);
      default:
        this.isBroken = true;
        return 0;
    }
  }

  #skip(length: number): number {
    this.#at += length;
    if (this.#at > this.#bytes.length) this.isBroken = true;
    return 0;
  }
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
