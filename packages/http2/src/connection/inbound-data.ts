/**
 * DATA of one connection, and the windows that bound it. In: DATA frames in parts; what streams have read. Out: parts and END_STREAM to
 * streams; WINDOW_UPDATE and SETTINGS that let the peer send more. It never sends a WINDOW_UPDATE of a stream: those are the stream's.
 *
 * Quotes are from RFC 9113.
 */

import { ErrorCode, SettingId } from "../constants.ts";
import { BandwidthProbe } from "../flow/bandwidth-probe.ts";
import type { FloodGuard } from "../flow/flood-guard.ts";
import { ReceiveWindow } from "../flow/receive-window.ts";
import { Http2Error, protocolError } from "../http2-error.ts";
import type { DataEvents } from "../read/frame-receiver.ts";
import type { FrameOutput } from "../write/frame-output.ts";
import type { Pings } from "./pings.ts";
import type { Http2Stream } from "./stream.ts";
import { UnreadCredit } from "./unread-credit.ts";

/**
 * What the peer may send on a stream before this side has read any: 1 MiB, so that most messages need no update. It grows with the
 * measured bandwidth-delay product, up to what fills 1 Gbit/s over 130 ms. grpc-go: `bdpLimit`, 16 MiB.
 */
const STREAM_WINDOW_BYTES = 1 << 20;
const MAX_STREAM_WINDOW_BYTES = 16 << 20;
/** Of the connection: four streams at their first size, two at their largest. */
export const CONNECTION_WINDOW_BYTES: number = 4 << 20;
const MAX_CONNECTION_WINDOW_BYTES = 32 << 20;

/** The open streams of the connection. */
export interface InboundStreams {
  /** Undefined for a closed one. @throws Http2Error for one that was never opened */
  openStream(streamId: number, frame: string): Http2Stream | undefined;
  openStreamsNow(): readonly Http2Stream[];
}

export interface InboundDataInit {
  readonly streams: InboundStreams;
  readonly output: FrameOutput;
  readonly pings: Pings;
  readonly guard: FloodGuard;
  readonly now: () => number;
}

export class InboundData implements DataEvents {
  /** Of a stream that is opened now. */
  streamWindowBytes: number = STREAM_WINDOW_BYTES;
  /** DATA frames that have come. */
  frames = 0;
  readonly #streams: InboundStreams;
  readonly #output: FrameOutput;
  readonly #pings: Pings;
  readonly #guard: FloodGuard;
  readonly #now: () => number;
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  readonly #unread = new UnreadCredit();
  readonly #probe = new BandwidthProbe(STREAM_WINDOW_BYTES, MAX_STREAM_WINDOW_BYTES);
  /** The stream of the frame that is being read, if it is open, and what has not come of it. */
  #stream: Http2Stream | undefined;
  #endsStream = false;
  #isEmpty = false;
  #bytesLeft = 0;

  constructor({ streams, output, pings, guard, now }: InboundDataInit) {
    this.#streams = streams;
    this.#output = output;
    this.#pings = pings;
    this.#guard = guard;
    this.#now = now;
  }

  // --- DataEvents

  onDataStart(streamId: number, payloadBytes: number, endStream: boolean): void {
    this.frames++;
    const stream = this.#streams.openStream(streamId, "DATA");
    // 6.9.1: "A receiver MAY respond with a stream error or connection error of type FLOW_CONTROL_ERROR".
    if (!this.#window.didReceive(payloadBytes))
      throw new Http2Error(ErrorCode.flowControlError, "DATA beyond the connection's window");
    this.#stream = stream;
    this.#endsStream = endStream;
    this.#isEmpty = true;
    this.#bytesLeft = payloadBytes;
    // 5.1: what was under way when this side reset the stream counts for the connection's window alone, which bounds it.
    if (stream === undefined) return;
    if (!stream.receiveWindow.didReceive(payloadBytes))
      return this.#fail(stream, new Http2Error(ErrorCode.flowControlError, "DATA beyond the stream's window"));
    if (stream.remoteEnded) return this.#fail(stream, new Http2Error(ErrorCode.streamClosed, "DATA behind END_STREAM"));
    if (!stream.hasHeaders) this.#fail(stream, protocolError("DATA before HEADERS"));
  }

  onDataPart(bytes: Buffer, start: number, end: number): void {
    this.#bytesLeft -= end - start;
    this.#isEmpty = false;
    const stream = this.#stream;
    if (stream === undefined || stream.isClosed) this.didReceive(end - start, 0);
    else stream.didReceiveData(bytes, start, end);
  }

  onDataEnd(): void {
    const stream = this.#stream;
    const padding = this.#bytesLeft;
    this.#stream = undefined;
    // Neither a window nor a byte bounds these.
    if (this.#isEmpty && !this.#endsStream) this.#guard.spend("empty DATA");
    if (stream === undefined || stream.isClosed) {
      if (padding > 0) this.didReceive(padding, 0);
      return;
    }
    if (padding > 0) stream.didReceivePadding(padding);
    if (this.#endsStream) stream.didEndData();
  }

  // --- What streams report.

  /** So many bytes have come for a stream, of which `unread` wait for its listener. */
  didReceive(bytes: number, unread: number): void {
    this.#announce(this.#unread.didReceive(bytes, unread));
    if (this.#probe.didReceive(bytes)) this.#probeBandwidth();
  }

  /** The listener has got bytes that had waited, or never will. */
  didRead(bytes: number): void {
    this.#announce(this.#unread.didRead(bytes));
  }

  #fail(stream: Http2Stream, error: Http2Error): void {
    stream.fail(error);
    this.#stream = undefined;
  }

  #announce(bytes: number): void {
    const update = bytes === 0 ? 0 : this.#window.didConsume(bytes);
    if (update > 0) this.#output.windowUpdate(0, update);
  }

  #probeBandwidth(): void {
    const sent = this.#pings.send(this.#output, () => {
      const windowBytes = this.#probe.didAck(this.#now());
      if (windowBytes !== undefined) this.#growWindows(windowBytes);
    });
    if (sent) this.#probe.didSend(this.#now());
  }

  /** SETTINGS grow the windows of open streams, too (6.9.2). They hold at once: the peer may use them when it gets them. */
  #growWindows(windowBytes: number): void {
    if (windowBytes <= this.streamWindowBytes) return;
    const more = windowBytes - this.streamWindowBytes;
    this.streamWindowBytes = windowBytes;
    this.#output.settings([[SettingId.initialWindowSize, windowBytes]]);
    for (const { receiveWindow } of this.#streams.openStreamsNow())
      receiveWindow.growTo(receiveWindow.windowBytes + more);
    const connectionBytes = Math.min(MAX_CONNECTION_WINDOW_BYTES, 2 * windowBytes);
    if (connectionBytes > this.#window.windowBytes) this.#output.windowUpdate(0, this.#window.growTo(connectionBytes));
  }
}
