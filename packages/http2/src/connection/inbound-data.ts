/**
 * DATA of one connection, and the windows that bound it. In: DATA frames, or parts of them; what streams have read. Out: DATA and END_STREAM to
 * streams; WINDOW_UPDATE and SETTINGS that let the peer send more. It never sends a WINDOW_UPDATE of a stream: those are the stream's.
 *
 * Quotes are from RFC 9113.
 */

import { ErrorCode, SettingId } from "../constants.ts";
import { BandwidthProbe } from "../flow/bandwidth-probe.ts";
import type { FloodGuard } from "../flow/flood-guard.ts";
import { ReceiveWindow } from "../flow/receive-window.ts";
import { FRAME_HEADER_BYTES } from "../frame.ts";
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
  /** How often DATA has come. Frames of a stream that come together count once. */
  arrivals = 0;
  readonly #streams: InboundStreams;
  readonly #output: FrameOutput;
  readonly #pings: Pings;
  readonly #guard: FloodGuard;
  readonly #now: () => number;
  readonly #window = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  readonly #unread = new UnreadCredit();
  readonly #probe = new BandwidthProbe(STREAM_WINDOW_BYTES, MAX_STREAM_WINDOW_BYTES);

  constructor({ streams, output, pings, guard, now }: InboundDataInit) {
    this.#streams = streams;
    this.#output = output;
    this.#pings = pings;
    this.#guard = guard;
    this.#now = now;
  }

  // --- DataEvents

  onDataFrames(streamId: number, bytes: Buffer, start: number, end: number, count: number): void {
    const stream = this.#streamOf(streamId, end - start - count * FRAME_HEADER_BYTES);
    stream?.didReceiveFrames(bytes, start, end, count);
  }

  onData(streamId: number, bytes: Buffer, start: number, end: number, padding: number, endStream: boolean): void {
    // Neither a window nor a byte bounds these.
    if (start === end && !endStream) this.#guard.spend("empty DATA");
    const stream = this.#streamOf(streamId, end - start + padding);
    if (stream === undefined) return;
    if (end > start) stream.didReceiveData(bytes, start, end);
    if (padding > 0) stream.didReceivePadding(padding);
    if (endStream) stream.didEndData();
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

  /** Counts DATA. Returns the stream that gets it: undefined for one that is closed, also now because the peer broke a rule. */
  #streamOf(streamId: number, bytes: number): Http2Stream | undefined {
    this.arrivals++;
    const stream = this.#streams.openStream(streamId, "DATA");
    // 6.9.1: "A receiver MAY respond with a stream error or connection error of type FLOW_CONTROL_ERROR".
    if (!this.#window.didReceive(bytes))
      throw new Http2Error(ErrorCode.flowControlError, "DATA beyond the connection's window");
    const violation = stream === undefined ? undefined : violationOf(stream, bytes);
    if (stream !== undefined && violation === undefined) return stream;
    // 5.1: what was under way when this side reset the stream counts for the connection's window alone, which bounds it.
    this.didReceive(bytes, 0);
    if (violation !== undefined) stream?.fail(violation);
    return undefined;
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

/** What DATA of so many bytes breaks on an open stream, if anything. */
function violationOf(stream: Http2Stream, bytes: number): Http2Error | undefined {
  if (!stream.receiveWindow.didReceive(bytes))
    return new Http2Error(ErrorCode.flowControlError, "DATA beyond the stream's window");
  if (stream.remoteEnded) return new Http2Error(ErrorCode.streamClosed, "DATA behind END_STREAM");
  return stream.hasHeaders ? undefined : protocolError("DATA before HEADERS");
}
