/**
 * Writes protobuf's wire format. In: numbers, text and bytes of one message after the other. Out: the bytes of each message, which belong to
 * the caller.
 *
 * Small messages share a block, one behind the other: a buffer of its own costs more than the rest of a small message. A message that is
 * larger than a block gets a buffer alone, which grows with it.
 *
 * https://protobuf.dev/programming-guides/encoding/
 */

/** As much as Node's own pool of buffers: a message that stays keeps no more alive. About a hundred small messages. */
const BLOCK_BYTES = 8_192;

const MAX_VARINT32_BYTES = 5;
const MAX_VARINT64_BYTES = 10;
/** Of a UTF-16 code unit. */
const MAX_UTF8_BYTES = 3;
/** A length below 128, as most are. */
const SHORT_LENGTH_BYTES = 1;

const LOW_32_BITS = 0xffff_ffffn;

export class MessageBytes {
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Of the message that is being written. */
  #start = 0;
  #end = 0;

  /** Ends a message. The next one follows. */
  finish(): Uint8Array {
    const bytes = this.#block.subarray(this.#start, this.#end);
    this.#start = this.#end;
    this.#leaveLarge();
    return bytes;
  }

  /** Drops a message that was begun. */
  drop(): undefined {
    this.#end = this.#start;
    this.#leaveLarge();
  }

  /** An unsigned number of 32 bits; also tags and lengths. */
  uint32(value: number): void {
    this.#reserve(MAX_VARINT32_BYTES);
    this.#varint32(value);
  }

  /** A signed one: "negative numbers … always take ten bytes", as one of 64 bits. */
  int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.int64(BigInt(value));
  }

  /** A number of 64 bits, signed or not. */
  int64(value: bigint): void {
    this.#reserve(MAX_VARINT64_BYTES);
    let low = Number(value & LOW_32_BITS);
    let high = Number((value >> 32n) & LOW_32_BITS);
    while (high > 0) {
      this.#block[this.#end++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.#varint32(low);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#end = this.#block.writeFloatLE(value, this.#end);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#end = this.#block.writeDoubleLE(value, this.#end);
  }

  /** With their length before them. */
  bytes(value: Uint8Array): void {
    this.#reserve(MAX_VARINT32_BYTES + value.length);
    this.#varint32(value.length);
    this.#block.set(value, this.#end);
    this.#end += value.length;
  }

  /** In UTF-8, with its length before it: that is known afterwards, and guessed as that of ASCII. */
  text(value: string): void {
    this.#reserve(MAX_VARINT32_BYTES + MAX_UTF8_BYTES * value.length);
    const lengthBytes = varint32Bytes(value.length);
    const start = this.#end;
    this.#end += lengthBytes;
    this.#end += this.#block.write(value, this.#end);
    this.#writeLength(start, lengthBytes);
  }

  /** Begins a part that has its length before it. Returns what `join` needs. */
  fork(): number {
    this.#reserve(SHORT_LENGTH_BYTES);
    const at = this.#end - this.#start;
    this.#end += SHORT_LENGTH_BYTES;
    return at;
  }

  /** Ends the part that began at `at`. */
  join(at: number): void {
    this.#reserve(MAX_VARINT32_BYTES);
    this.#writeLength(this.#start + at, SHORT_LENGTH_BYTES);
  }

  /** Writes the length of all behind `at`, for which `reservedBytes` are reserved, and moves what has been written if it needs more. */
  #writeLength(at: number, reservedBytes: number): void {
    const length = this.#end - at - reservedBytes;
    const lengthBytes = varint32Bytes(length);
    if (lengthBytes > reservedBytes) this.#block.copyWithin(at + lengthBytes, at + reservedBytes, this.#end);
    this.#end = at;
    this.#varint32(length);
    this.#end += length;
  }

  #varint32(value: number): void {
    while (value > 0x7f) {
      this.#block[this.#end++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    this.#block[this.#end++] = value;
  }

  /** Space for so many bytes behind `#end`. */
  #reserve(bytes: number): void {
    if (this.#end + bytes > this.#block.length) this.#renew(bytes);
  }

  /** A message that does not fit into a block gets twice what it had, or more: pages that are not written cost nothing. */
  #renew(bytes: number): void {
    const written = this.#block.subarray(this.#start, this.#end);
    const needed = written.length + bytes;
    const larger = Math.max(needed, 2 * this.#block.length);
    this.#block = Buffer.allocUnsafeSlow(needed <= BLOCK_BYTES ? BLOCK_BYTES : larger);
    this.#block.set(written);
    this.#start = 0;
    this.#end = written.length;
  }

  /** Between two messages: a small one must not keep the buffer of a large one alive. */
  #leaveLarge(): void {
    if (this.#block.length > BLOCK_BYTES) this.#renew(BLOCK_BYTES);
  }
}

function varint32Bytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
