/**
 * Gathers the frames of one connection and writes them to its socket, once per tick: two writes cost more than the frames in them.
 * In: frames, which it encodes in place. Out: bytes on the socket, and whether the socket takes more.
 *
 *   frames ─► slab ─► (end of the tick) one write ─► under way ─► written: the slab goes back to the pool
 */

import { DEFAULT_MAX_FRAME_BYTES, FrameFlag, FrameType, type SettingId } from "../constants.ts";
import { FRAME_HEADER_BYTES, writeUint16, writeUint32 } from "../frame.ts";
import { SETTING_BYTES } from "../settings.ts";
import { giveBack, LARGE_SLAB_BYTES, takeSlab } from "./slab-pool.ts";

/** What the output needs of a socket. */
export interface ByteSink {
  readonly writableLength: number;
  write(bytes: Uint8Array, onWritten: (error?: Error | null) => void): boolean;
}

/**
 * Bytes that are gathered or under way and still admit DATA: about what a kernel's send buffer takes at once. More would only wait
 * here, in front of the PINGs and HEADERS that follow. The last frame and some others still fit into the slab.
 */
const MAX_UNWRITTEN_BYTES = LARGE_SLAB_BYTES - 2 * DEFAULT_MAX_FRAME_BYTES;

/** Acknowledgements that a peer makes us owe while it reads none: an honest one has a handful under way. */
const MAX_UNWRITTEN_ACKS = 1_024;

/** One write. Undefined for one that was finished at once. */
type Write = { readonly slab: Buffer; readonly bytes: number } | undefined;

export class FrameOutput {
  readonly #socket: ByteSink;
  readonly #onWritable: () => void;
  readonly #flushNow: () => void = () => this.flush();
  readonly #didWrite: (error?: Error | null) => void = (error) => this.#onWritten(error);
  /** How often frames have been given to the socket. */
  flushes = 0;
  #slab: Buffer | undefined;
  #end = 0;
  #flushIsScheduled = false;
  /** The stream of the last frame that has been gathered, if that is DATA which may grow; 0 for none. */
  #dataStreamId = 0;
  #dataStart = 0;
  /** Writes that the socket has not reported as finished, the oldest first. */
  readonly #underWay: Write[] = [];
  #bytesUnderWay = 0;
  #unwrittenAcks = 0;
  #closed = false;

  /** `onWritable` is called when `hasRoom` has become true again. */
  constructor(socket: ByteSink, onWritable: () => void) {
    this.#socket = socket;
    this.#onWritable = onWritable;
  }

  /** Whether DATA may be added. Other frames are always taken. */
  get hasRoom(): boolean {
    return this.#end + this.#bytesUnderWay < MAX_UNWRITTEN_BYTES;
  }

  /** The peer makes us acknowledge, and does not read the acknowledgements. */
  get owesTooMuch(): boolean {
    return this.#unwrittenAcks > MAX_UNWRITTEN_ACKS;
  }

  /** Nothing is written any more. */
  close(): void {
    this.#closed = true;
    if (this.#slab !== undefined) giveBack(this.#slab);
    this.#slab = undefined;
    this.#end = 0;
    this.#dataStreamId = 0;
  }

  /** RFC 9113 3.4: the client's first bytes, before its SETTINGS. */
  raw(bytes: Uint8Array): void {
    const slab = this.#reserve(bytes.length);
    slab.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * Makes space for a header block of at most so many bytes. It is to be written into `block` from `blockStart` on, and then ended by
   * `headers`, with no other frame in between.
   */
  startHeaders(maxBlockBytes: number): void {
    this.#reserve(FRAME_HEADER_BYTES + maxBlockBytes);
  }

  get block(): Buffer {
    return this.#slab as Buffer;
  }

  get blockStart(): number {
    return this.#end + FRAME_HEADER_BYTES;
  }

  /** The header block that has been written up to `blockEnd`: HEADERS, and CONTINUATION if `maxFrameBytes` asks for it. */
  headers(streamId: number, endStream: boolean, maxFrameBytes: number, blockEnd: number): void {
    const slab = this.#slab as Buffer;
    const length = blockEnd - this.blockStart;
    const endStreamFlag = endStream ? FrameFlag.endStream : FrameFlag.none;
    if (length > maxFrameBytes) {
      const block = Buffer.from(slab.subarray(this.blockStart, blockEnd));
      return this.#splitBlock(streamId, endStreamFlag, maxFrameBytes, block);
    }
    this.#header(slab, length, FrameType.headers, FrameFlag.endHeaders | endStreamFlag, streamId);
    this.#end = blockEnd;
  }

  /** DATA with the bytes of `message` from `start` to `end`. */
  data(streamId: number, message: Uint8Array, start: number, end: number, endStream: boolean): void {
    const length = end - start;
    const slab = this.#startData(streamId, length, endStream);
    slab.set(length === message.length ? message : message.subarray(start, end), this.#end);
    this.#end += length;
  }

  /** DATA with `prefix` and all of `message`. */
  prefixedData(streamId: number, prefix: Uint8Array, message: Uint8Array, endStream: boolean): void {
    const slab = this.#startData(streamId, prefix.length + message.length, endStream);
    // A prefix has five bytes: `set` costs more than the loop below about ten.
    for (let at = 0; at < prefix.length; at++) slab[this.#end++] = prefix[at] as number;
    slab.set(message, this.#end);
    this.#end += message.length;
  }

  rstStream(streamId: number, errorCode: number): void {
    this.#uint32(FrameType.rstStream, streamId, errorCode);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#uint32(FrameType.windowUpdate, streamId, increment);
  }

  settings(settings: readonly (readonly [id: (typeof SettingId)[keyof typeof SettingId], value: number])[]): void {
    const length = SETTING_BYTES * settings.length;
    const slab = this.#reserve(FRAME_HEADER_BYTES + length);
    this.#header(slab, length, FrameType.settings, FrameFlag.none, 0);
    for (const [id, value] of settings) this.#end = writeUint32(slab, writeUint16(slab, this.#end, id), value);
  }

  settingsAck(): void {
    this.#unwrittenAcks++;
    const slab = this.#reserve(FRAME_HEADER_BYTES);
    this.#header(slab, 0, FrameType.settings, FrameFlag.ack, 0);
  }

  /** The 8 opaque bytes are those of `opaque` at `start`. */
  ping(opaque: Uint8Array, start: number, ack: boolean): void {
    if (ack) this.#unwrittenAcks++;
    const slab = this.#reserve(FRAME_HEADER_BYTES + 8);
    this.#header(slab, 8, FrameType.ping, ack ? FrameFlag.ack : FrameFlag.none, 0);
    slab.set(opaque.subarray(start, start + 8), this.#end);
    this.#end += 8;
  }

  goaway(lastStreamId: number, errorCode: number, debug: string): void {
    const length = 8 + Buffer.byteLength(debug);
    const slab = this.#reserve(FRAME_HEADER_BYTES + length);
    this.#header(slab, length, FrameType.goaway, FrameFlag.none, 0);
    this.#end = writeUint32(slab, writeUint32(slab, this.#end, lastStreamId), errorCode);
    this.#end += slab.write(debug, this.#end);
  }

  /** Writes what has been gathered. */
  flush(): void {
    this.#flushIsScheduled = false;
    const slab = this.#slab;
    if (slab === undefined || this.#end === 0 || this.#closed) return;
    const bytes = this.#end;
    const hadRoom = this.hasRoom;
    this.flushes++;
    this.#slab = undefined;
    this.#end = 0;
    this.#dataStreamId = 0;
    this.#socket.write(slab.subarray(0, bytes), this.#didWrite);
    // TCP has usually taken all of it by now. TLS never has: it encrypts in the slab, and says later when it is done.
    if (this.#socket.writableLength === 0) {
      giveBack(slab);
      this.#underWay.push(undefined);
      if (!hadRoom && this.hasRoom) this.#onWritable();
    } else {
      this.#bytesUnderWay += bytes;
      this.#underWay.push({ slab, bytes });
    }
  }

  #onWritten(error: Error | null | undefined): void {
    const write = this.#underWay.shift();
    if (this.#underWay.length === 0) this.#unwrittenAcks = 0;
    // A socket that broke may still hold on to the bytes.
    if (write === undefined || error) return;
    const hadRoom = this.hasRoom;
    this.#bytesUnderWay -= write.bytes;
    giveBack(write.slab);
    if (!this.#closed && !hadRoom && this.hasRoom) this.#onWritable();
  }

  #splitBlock(streamId: number, endStreamFlag: number, maxFrameBytes: number, block: Buffer): void {
    for (let at = 0; at < block.length; at += maxFrameBytes) {
      const part = block.subarray(at, at + maxFrameBytes);
      const type = at === 0 ? FrameType.headers : FrameType.continuation;
      const endHeaders = at + maxFrameBytes >= block.length ? FrameFlag.endHeaders : FrameFlag.none;
      const slab = this.#reserve(FRAME_HEADER_BYTES + part.length);
      this.#header(slab, part.length, type, endHeaders | (at === 0 ? endStreamFlag : 0), streamId);
      slab.set(part, this.#end);
      this.#end += part.length;
    }
  }

  /**
   * Space for so many bytes of DATA. What one tick sends of a stream is one frame, up to the size that every peer takes: a frame of its own
   * for each small message would cost both sides as much as the message.
   */
  #startData(streamId: number, length: number, endStream: boolean): Buffer {
    const slab = this.#reserve(FRAME_HEADER_BYTES + length);
    const frameBytes = this.#end - this.#dataStart - FRAME_HEADER_BYTES + length;
    if (streamId !== this.#dataStreamId || frameBytes > DEFAULT_MAX_FRAME_BYTES) {
      const at = this.#end;
      this.#header(slab, length, FrameType.data, endStream ? FrameFlag.endStream : FrameFlag.none, streamId);
      this.#dataStart = at;
    } else {
      slab[this.#dataStart] = frameBytes >>> 16;
      writeUint16(slab, this.#dataStart + 1, frameBytes);
      if (endStream) slab[this.#dataStart + 4] = FrameFlag.endStream;
    }
    this.#dataStreamId = endStream ? 0 : streamId;
    return slab;
  }

  #uint32(type: number, streamId: number, value: number): void {
    const slab = this.#reserve(FRAME_HEADER_BYTES + 4);
    this.#header(slab, 4, type, FrameFlag.none, streamId);
    this.#end = writeUint32(slab, this.#end, value);
  }

  /** As `writeFrameHeader`, without an object. */
  #header(slab: Buffer, length: number, type: number, flags: number, streamId: number): void {
    const at = this.#end;
    this.#dataStreamId = 0;
    slab[at] = length >>> 16;
    writeUint16(slab, at + 1, length);
    slab[at + 3] = type;
    slab[at + 4] = flags;
    this.#end = writeUint32(slab, at + 5, streamId);
  }

  /** The slab, with space for so many bytes behind `#end`. A flush follows at the end of the tick. */
  #reserve(bytes: number): Buffer {
    if (this.#closed) this.#end = 0;
    else if (!this.#flushIsScheduled) {
      this.#flushIsScheduled = true;
      process.nextTick(this.#flushNow);
    }
    const slab = this.#slab;
    if (slab !== undefined && this.#end + bytes <= slab.length) return slab;
    const larger = takeSlab(this.#end + bytes);
    if (slab !== undefined) {
      slab.copy(larger, 0, 0, this.#end);
      giveBack(slab);
    }
    this.#slab = larger;
    return larger;
  }
}
