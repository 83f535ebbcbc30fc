/**
 * Reads the payloads of frames. In: frames from the parser. Out: one event for each, with its fields; HEADERS and its CONTINUATION
 * frames are one event. It checks what can be checked without knowing any stream: sizes, stream ids that must or must not be 0, and
 * the order of CONTINUATION. Quotes are from RFC 9113.
 */

import { ErrorCode, FrameFlag, FrameType } from "../constants.ts";
import { readUint31, readUint32 } from "../frame.ts";
import { frameSizeError, Http2Error, protocolError } from "../http2-error.ts";
import { SETTING_BYTES } from "../settings.ts";
import type { FrameHandler } from "./frame-parser.ts";

/**
 * Largest header block that is collected from CONTINUATION frames: four times the header list that is announced. A list that is too
 * large ends its stream, and for that the block has to be decoded; a block above this ends the connection.
 */
const MAX_BLOCK_BYTES = 262_144;

/** A fragment below this, with more to come, serves no purpose but to cost: 256 of them fill the largest block. */
const SMALL_FRAGMENT_BYTES = 1_024;

/** DATA of one connection. What is thrown ends the connection. */
export interface DataEvents {
  /** Whole DATA frames of a stream, each with its header: see `FrameHandler`. The bytes stay valid as long as the chunk of which they are a part. */
  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number, count: number): void;
  /** A part of another DATA frame, empty only in a frame without data. `padding` counts for flow control, too. `endStream`: it is the stream's last. */
  onData(streamId: number, bytes: Buffer, start: number, end: number, padding: number, endStream: boolean): void;
}

/**
 * The other frames of one connection by their meaning. What is thrown ends the connection. Bytes belong to the receiver, and are valid until the
 * method returns.
 */
export interface FrameEvents {
  /** All of a header block, encoded. */
  onHeaderBlock(streamId: number, block: Buffer, endStream: boolean): void;
  onRstStream(streamId: number, errorCode: number): void;
  /** The parameters are `bytes` from `start` to `end`. */
  onSettings(bytes: Buffer, start: number, end: number): void;
  onSettingsAck(): void;
  /** The 8 opaque bytes are at `start`. */
  onPing(bytes: Buffer, start: number): void;
  onPingAck(bytes: Buffer, start: number): void;
  onGoaway(lastStreamId: number, errorCode: number, debug: Buffer): void;
  /** `streamId` 0: for the connection. The increment is not 0. */
  onWindowUpdate(streamId: number, increment: number): void;
  /** The peer broke a rule on one stream. */
  onStreamError(streamId: number, error: Http2Error): void;
  /** A frame, or a fragment of one, that changes nothing. */
  onIdleFrame(): void;
}

export class FrameReceiver implements FrameHandler {
  readonly #events: FrameEvents;
  readonly #data: DataEvents;
  /** The stream whose header block is not complete; 0 for none. */
  #blockStreamId = 0;
  #blockEndsStream = false;
  #fragments: Buffer[] = [];
  #blockBytes = 0;

  constructor(events: FrameEvents, data: DataEvents) {
    this.#events = events;
    this.#data = data;
  }

  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number, count: number): void {
    this.#checkData(streamId);
    this.#data.onDataFrames(streamId, bytes, start, end, count);
  }

  onData(flags: number, streamId: number, bytes: Buffer, start: number, end: number, padding: number): void {
    this.#checkData(streamId);
    this.#data.onData(streamId, bytes, start, end, padding, (flags & FrameFlag.endStream) !== 0);
  }

  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (this.#blockStreamId !== 0 && (type !== FrameType.continuation || streamId !== this.#blockStreamId))
      throw this.#interrupted();
    switch (type) {
      case FrameType.headers:
        return this.#readHeaders(flags, streamId, bytes, start, end);
      case FrameType.continuation:
        return this.#readContinuation(flags, bytes, start, end);
      case FrameType.rstStream:
        return this.#readRstStream(streamId, bytes, start, end);
      case FrameType.settings:
        return this.#readSettings(flags, streamId, bytes, start, end);
      case FrameType.ping:
        return this.#readPing(flags, streamId, bytes, start, end);
      case FrameType.goaway:
        return this.#readGoaway(streamId, bytes, start, end);
      case FrameType.windowUpdate:
        return this.#readWindowUpdate(streamId, bytes, start, end);
      case FrameType.priority:
        return this.#readPriority(streamId, start, end);
      case FrameType.pushPromise:
        // 8.4: a client "MUST treat the receipt of a PUSH_PROMISE frame as a connection error of type PROTOCOL_ERROR" when it has
        // disabled push, and "A client cannot push".
        throw protocolError("PUSH_PROMISE, although push is disabled");
      default:
        // 5.5: "Implementations MUST discard frames that have unknown or unsupported types."
        return this.#events.onIdleFrame();
    }
  }

  #checkData(streamId: number): void {
    if (this.#blockStreamId !== 0) throw this.#interrupted();
    if (streamId === 0) throw onConnection("DATA");
  }

  #readHeaders(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId === 0) throw onConnection("HEADERS");
    const isPadded = (flags & FrameFlag.padded) !== 0;
    // 6.2: an exclusive flag, a stream dependency and a weight, which RFC 9113 5.3.2 deprecates.
    const priorityBytes = (flags & FrameFlag.priority) === 0 ? 0 : 5;
    const from = start + (isPadded ? 1 : 0) + priorityBytes;
    if (from > end) throw frameSizeError("HEADERS without the fields that its flags announce");
    const to = isPadded ? end - (bytes[start] as number) : end;
    // "Padding that exceeds the size remaining for the field block fragment MUST be treated as a PROTOCOL_ERROR."
    if (to < from) throw protocolError("HEADERS with more padding than payload");
    const endStream = (flags & FrameFlag.endStream) !== 0;
    if ((flags & FrameFlag.endHeaders) !== 0)
      return this.#events.onHeaderBlock(streamId, bytes.subarray(from, to), endStream);
    this.#blockStreamId = streamId;
    this.#blockEndsStream = endStream;
    this.#keep(bytes, from, to);
  }

  #readContinuation(flags: number, bytes: Buffer, start: number, end: number): void {
    const streamId = this.#blockStreamId;
    if (streamId === 0) throw protocolError("CONTINUATION without a header block to continue");
    if ((flags & FrameFlag.endHeaders) === 0) return this.#keep(bytes, start, end);
    this.#fragments.push(bytes.subarray(start, end));
    const block = Buffer.concat(this.#fragments);
    this.#fragments = [];
    this.#blockBytes = 0;
    this.#blockStreamId = 0;
    this.#events.onHeaderBlock(streamId, block, this.#blockEndsStream);
  }

  /** Keeps a fragment: a copy, since the chunk is much larger and the rest of it may be used again. */
  #keep(bytes: Buffer, start: number, end: number): void {
    if (end - start < SMALL_FRAGMENT_BYTES) this.#events.onIdleFrame();
    this.#blockBytes += end - start;
    if (this.#blockBytes > MAX_BLOCK_BYTES)
      throw new Http2Error(ErrorCode.enhanceYourCalm, `a header block of more than ${MAX_BLOCK_BYTES} bytes`);
    if (end > start) this.#fragments.push(Buffer.from(bytes.subarray(start, end)));
  }

  /** 6.10: any other frame "MUST be treated as a connection error of type PROTOCOL_ERROR". */
  #interrupted(): Http2Error {
    return protocolError(`a frame in the middle of the header block of stream ${this.#blockStreamId}`);
  }

  #readRstStream(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw frameSizeError(`RST_STREAM of ${end - start} bytes`);
    if (streamId === 0) throw onConnection("RST_STREAM");
    this.#events.onRstStream(streamId, readUint32(bytes, start));
  }

  #readSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw onStream("SETTINGS", streamId);
    if ((flags & FrameFlag.ack) === 0) {
      if ((end - start) % SETTING_BYTES !== 0) throw frameSizeError(`SETTINGS of ${end - start} bytes`);
      return this.#events.onSettings(bytes, start, end);
    }
    if (end > start) throw frameSizeError("an acknowledgement of SETTINGS with a payload");
    this.#events.onSettingsAck();
  }

  #readPing(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 8) throw frameSizeError(`PING of ${end - start} bytes`);
    if (streamId !== 0) throw onStream("PING", streamId);
    if ((flags & FrameFlag.ack) === 0) this.#events.onPing(bytes, start);
    else this.#events.onPingAck(bytes, start);
  }

  #readGoaway(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw onStream("GOAWAY", streamId);
    if (end - start < 8) throw frameSizeError(`GOAWAY of ${end - start} bytes`);
    this.#events.onGoaway(readUint31(bytes, start), readUint32(bytes, start + 4), bytes.subarray(start + 8, end));
  }

  #readWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw frameSizeError(`WINDOW_UPDATE of ${end - start} bytes`);
    const increment = readUint31(bytes, start);
    if (increment > 0) return this.#events.onWindowUpdate(streamId, increment);
    // 6.9: an increment of 0 is "a stream error of type PROTOCOL_ERROR; errors on the connection flow-control window MUST be treated as
    // a connection error".
    const error = protocolError("WINDOW_UPDATE of 0 bytes");
    if (streamId === 0) throw error;
    this.#events.onStreamError(streamId, error);
  }

  #readPriority(streamId: number, start: number, end: number): void {
    if (streamId === 0) throw onConnection("PRIORITY");
    // 6.3: "A PRIORITY frame with a length other than 5 octets MUST be treated as a stream error of type FRAME_SIZE_ERROR."
    if (end - start !== 5) this.#events.onStreamError(streamId, frameSizeError(`PRIORITY of ${end - start} bytes`));
    this.#events.onIdleFrame();
  }
}

function onConnection(frame: string): Http2Error {
  return protocolError(`${frame} on stream 0`);
}

function onStream(frame: string, streamId: number): Http2Error {
  return protocolError(`${frame} on stream ${streamId}`);
}
