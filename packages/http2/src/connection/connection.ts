/**
 * One connection, as far as both sides of HTTP/2 are alike: settings, flow control, PING, GOAWAY, errors and the end. In: a socket and
 * what it reads. Out: frames, and events for its listener and for its streams' listeners. What depends on the side is in its subclass:
 * who opens streams, and what a header block means.
 *
 *             preface and SETTINGS sent                 the peer's first SETTINGS
 *   (socket) ───────────────────────────► connecting ─────────────────────────────► open
 *                                             │                                      │ close, GOAWAY: no new streams
 *                                             │                                      ▼
 *                                             │             the last stream ends  draining
 *                                             │            ┌─────────────────────────┤
 *                                             ▼            ▼                         │
 *                                          closed ◄── closing (GOAWAY is sent) ◄─────┘ the peer breaks HTTP/2
 *                                             ▲                                      │
 *                                             └── destroy, the socket has ended ─────┘
 *
 * Quotes are from RFC 9113.
 */

import type { Socket } from "node:net";
import { DEFAULT_MAX_FRAME_BYTES, ErrorCode, SettingId } from "../constants.ts";
import { BandwidthProbe } from "../flow/bandwidth-probe.ts";
import { FloodGuard } from "../flow/flood-guard.ts";
import { ReceiveWindow } from "../flow/receive-window.ts";
import { SendWindow } from "../flow/send-window.ts";
import { HpackDecoder } from "../hpack/decoder.ts";
import { HpackEncoder } from "../hpack/encoder.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import { HpackError } from "../hpack/hpack-error.ts";
import type { PreparedFields } from "../hpack/prepared-fields.ts";
import { Http2Error, protocolError } from "../http2-error.ts";
import { FrameParser } from "../read/frame-parser.ts";
import { type FrameEvents, FrameReceiver } from "../read/frame-receiver.ts";
import { PrefaceReader } from "../read/preface-reader.ts";
import { applySettings, DEFAULT_WINDOW_BYTES, type Settings } from "../settings.ts";
import { FrameOutput } from "../write/frame-output.ts";
import { Pings } from "./pings.ts";
import type { ConnectionListener, ConnectionOptions, Side } from "./side.ts";
import type { Http2Stream } from "./stream.ts";
import type { StreamOwner } from "./stream-owner.ts";
import { StreamRing } from "./stream-ring.ts";
import { UnreadCredit } from "./unread-credit.ts";

/**
 * What the peer may send on a stream before this side has read any: 1 MiB, so that most messages need no update. It grows with the
 * measured bandwidth-delay product, up to what fills 1 Gbit/s over 130 ms. grpc-go: `bdpLimit`, 16 MiB.
 */
const STREAM_WINDOW_BYTES = 1 << 20;
const MAX_STREAM_WINDOW_BYTES = 16 << 20;
/** Of the connection: four streams at their first size, two at their largest. */
const CONNECTION_WINDOW_BYTES = 4 << 20;
const MAX_CONNECTION_WINDOW_BYTES = 32 << 20;
/** How long a socket may take to write the last bytes, in ms: a peer that does not read them must not keep it. */
const CLOSING_MS = 1_000;

const DEFAULT_MAX_HEADER_LIST_BYTES = 65_536;
/** RFC 9113 6.5.2 counts 32 bytes for each field, so no list within the limit has more. */
const MIN_FIELD_BYTES = 32;

type Phase = "connecting" | "open" | "draining" | "closing" | "closed";

export abstract class Http2Connection implements FrameEvents, StreamOwner {
  readonly output: FrameOutput;
  readonly isClient: boolean;
  readonly sendWindow: SendWindow = new SendWindow(DEFAULT_WINDOW_BYTES);
  /** Header blocks and DATA frames that have come. */
  responses = 0;
  /** When bytes last came, on the scale of `now`. */
  lastReceivedMs: number;
  protected readonly socket: Socket;
  protected readonly listener: ConnectionListener;
  protected readonly streams: StreamRing<Http2Stream> = new StreamRing();
  protected readonly encoder: HpackEncoder = new HpackEncoder();
  protected readonly guard: FloodGuard;
  protected streamWindowBytes: number = STREAM_WINDOW_BYTES;
  readonly #decoder: HpackDecoder;
  readonly #preface: PrefaceReader;
  readonly #parser: FrameParser;
  readonly #now: () => number;
  readonly #pings = new Pings();
  readonly #probe = new BandwidthProbe(STREAM_WINDOW_BYTES, MAX_STREAM_WINDOW_BYTES);
  readonly #receiveWindow = new ReceiveWindow(CONNECTION_WINDOW_BYTES);
  readonly #unread = new UnreadCredit();
  readonly #setTableSize = (bytes: number): void => this.encoder.setMaxTableSize(bytes);
  /** Streams with DATA that wait for the connection's window or for the output, in order. */
  readonly #waiting: Http2Stream[] = [];
  #peerSettings: Settings;
  #phase: Phase = "connecting";
  #error: Error | undefined;
  #goawayIsSent = false;
  /** When the socket is destroyed at the latest; known once this side has ended it. */
  #closeByMs = Number.POSITIVE_INFINITY;
  /** The stream of the DATA frame that is being read, if it is open, and what has not come of it. */
  #dataStream: Http2Stream | undefined;
  #dataEndsStream = false;
  #dataIsEmpty = false;
  #dataBytesLeft = 0;

  constructor(socket: Socket, side: Side, options: ConnectionOptions, listener: ConnectionListener) {
    const maxHeaderListBytes = options.maxHeaderListBytes ?? DEFAULT_MAX_HEADER_LIST_BYTES;
    this.socket = socket;
    this.listener = listener;
    this.isClient = side.isClient;
    this.#preface = new PrefaceReader(side.peerPreface);
    this.#now = options.now;
    this.lastReceivedMs = options.now();
    this.guard = new FloodGuard(options.now);
    this.#decoder = new HpackDecoder({ maxHeaderListBytes, maxFields: maxHeaderListBytes / MIN_FIELD_BYTES });
    this.#parser = new FrameParser(new FrameReceiver(this), DEFAULT_MAX_FRAME_BYTES);
    this.output = new FrameOutput(socket, () => this.#pumpWaiting());
    this.#peerSettings = side.peerSettings;
    this.#sendPreface(side, maxHeaderListBytes);
    socket.on("data", (chunk: Buffer) => this.readChunk(chunk));
    socket.on("error", (error: Error) => {
      this.#error ??= error;
    });
    socket.on("end", () => this.socket.destroy());
    socket.on("close", () => this.#didClose());
  }

  /** As the peer's last SETTINGS say. */
  get peerSettings(): Settings {
    return this.#peerSettings;
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** Whether new streams are taken: SETTINGS have come, and no GOAWAY, in either direction. */
  get isOpen(): boolean {
    return this.#phase === "open";
  }

  /** Whether frames still go both ways. */
  protected get isLive(): boolean {
    return this.#phase === "open" || this.#phase === "draining";
  }

  get maxSendFrameBytes(): number {
    return this.#peerSettings.maxFrameBytes;
  }

  /** Sends a PING. `onAck` gets the round trip. False: the connection is not open, or ten PINGs are under way. */
  ping(onAck: (roundTripMs: number) => void): boolean {
    if (!this.isLive) return false;
    const sentMs = this.#now();
    return this.#pings.send(this.output, () => onAck(this.#now() - sentMs));
  }

  /** Takes no new streams, and closes after the last one has ended. Before SETTINGS have come it closes at once. */
  close(): void {
    if (this.#phase === "connecting") return this.destroy();
    if (this.#phase === "open") this.#phase = "draining";
    this.#closeWhenDrained();
  }

  /** Closes now. Open streams are lost, and their listeners hear so before `onClose` does, in a later tick. */
  destroy(error?: Error): void {
    if (this.#phase === "closed") return;
    this.#error ??= error;
    this.#phase = "closing";
    this.#parser.stop();
    this.output.close();
    this.socket.destroy();
  }

  /** Ends the connection as if the peer had broken HTTP/2: GOAWAY with this code and text, and its streams are lost. */
  fail(error: Http2Error): void {
    if (this.#phase !== "closing" && this.#phase !== "closed") this.didBreak(error);
  }

  /** The last stream of the peer that this side has looked at. */
  protected abstract readonly lastPeerStreamId: number;

  /** Whether the stream with this id, which is not open, was never opened. */
  protected abstract isIdle(streamId: number): boolean;

  /** `fields` is undefined for a list that is too large: `error` says so. `stream` is undefined for one that is not open. */
  protected abstract didReceiveBlock(
    streamId: number,
    stream: Http2Stream | undefined,
    fields: readonly HeaderField[] | Http2Error,
    endStream: boolean,
  ): void;

  /** GOAWAY with the last stream id. An orderly one is sent once. */
  protected sendGoaway(errorCode: number, debug: string): void {
    if (this.#goawayIsSent && errorCode === ErrorCode.noError) return;
    this.#goawayIsSent = true;
    this.output.goaway(this.lastPeerStreamId, errorCode, debug);
  }

  // --- StreamOwner

  sendBlock(
    streamId: number,
    fields: readonly HeaderField[],
    prepared: PreparedFields | undefined,
    endStream: boolean,
  ): void {
    const { output, encoder } = this;
    output.startHeaders(encoder.maxEncodedBytes(fields, prepared));
    const end = encoder.encodeInto(output.block, output.blockStart, fields, prepared);
    output.headers(streamId, endStream, this.maxSendFrameBytes, end);
  }

  abstract didEndFirst(stream: Http2Stream): void;

  abstract didFail(): void;

  waitForRoom(stream: Http2Stream): void {
    if (stream.isWaiting) return;
    stream.isWaiting = true;
    this.#waiting.push(stream);
  }

  didSend(bytes: number): void {
    this.guard.didSend(bytes);
  }

  didReceive(bytes: number, unread: number): void {
    this.#announce(this.#unread.didReceive(bytes, unread));
    if (this.#probe.didReceive(bytes)) this.#probeBandwidth();
  }

  didRead(bytes: number): void {
    this.#announce(this.#unread.didRead(bytes));
  }

  didClose(stream: Http2Stream): void {
    this.streams.delete(stream);
    this.listener.onStreamClose();
    if (this.#phase === "draining") this.#closeWhenDrained();
  }

  // --- FrameEvents

  onHeaderBlock(streamId: number, block: Buffer, endStream: boolean): void {
    this.responses++;
    const fields = this.#decode(block);
    const stream = this.streams.get(streamId);
    // 5.1.1 and 5.1: a frame on a stream that was not opened, or that the other side may not open.
    this.didReceiveBlock(streamId, stream, fields, endStream);
  }

  onDataStart(streamId: number, payloadBytes: number, endStream: boolean): void {
    this.responses++;
    const stream = this.#streamOf(streamId, "DATA");
    // 6.9.1: "A receiver MAY respond with a stream error or connection error of type FLOW_CONTROL_ERROR".
    if (!this.#receiveWindow.didReceive(payloadBytes))
      throw new Http2Error(ErrorCode.flowControlError, "DATA beyond the connection's window");
    this.#dataStream = stream;
    this.#dataEndsStream = endStream;
    this.#dataIsEmpty = true;
    this.#dataBytesLeft = payloadBytes;
    // 5.1: what was under way when this side reset the stream counts for the connection's window alone, which bounds it.
    if (stream === undefined) return;
    if (!stream.receiveWindow.didReceive(payloadBytes))
      return this.#failData(stream, new Http2Error(ErrorCode.flowControlError, "DATA beyond the stream's window"));
    if (stream.remoteEnded)
      return this.#failData(stream, new Http2Error(ErrorCode.streamClosed, "DATA behind END_STREAM"));
    if (!stream.hasHeaders) this.#failData(stream, protocolError("DATA before HEADERS"));
  }

  onDataPart(bytes: Buffer, start: number, end: number): void {
    this.#dataBytesLeft -= end - start;
    this.#dataIsEmpty = false;
    const stream = this.#dataStream;
    if (stream === undefined || stream.isClosed) this.didReceive(end - start, 0);
    else stream.didReceiveData(bytes, start, end);
  }

  onDataEnd(): void {
    const stream = this.#dataStream;
    const padding = this.#dataBytesLeft;
    this.#dataStream = undefined;
    // Neither a window nor a byte bounds these.
    if (this.#dataIsEmpty && !this.#dataEndsStream) this.#spend("empty DATA");
    if (stream === undefined || stream.isClosed) {
      if (padding > 0) this.didReceive(padding, 0);
      return;
    }
    if (padding > 0) stream.didReceivePadding(padding);
    if (this.#dataEndsStream) stream.didEndData();
  }

  onRstStream(streamId: number, errorCode: number): void {
    const stream = this.#streamOf(streamId, "RST_STREAM");
    if (stream === undefined) this.#spend("RST_STREAM on a closed stream");
    else stream.abort({ kind: "reset", errorCode });
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    this.#spend("SETTINGS");
    const before = this.#peerSettings;
    const settings = applySettings(before, bytes, start, end, this.#setTableSize);
    this.checkSettings(settings);
    this.#peerSettings = settings;
    this.#acknowledge(() => this.output.settingsAck());
    if (settings.initialWindowBytes !== before.initialWindowBytes)
      this.#resizeSendWindows(settings.initialWindowBytes - before.initialWindowBytes);
    if (this.#phase === "connecting") this.#phase = "open";
    this.listener.onSettings();
  }

  onSettingsAck(): void {
    // What SETTINGS of this side promise holds from the moment at which they were sent; nothing waits for this.
    this.#spend("acknowledgement of SETTINGS");
  }

  onPing(bytes: Buffer, start: number): void {
    // gRFC A8: the debug data by which clients know that they have to ask less often.
    if (!this.guard.admits()) throw new Http2Error(ErrorCode.enhanceYourCalm, "too_many_pings");
    this.#acknowledge(() => this.output.ping(bytes, start, true));
  }

  onPingAck(bytes: Buffer, start: number): void {
    if (!this.#pings.didAck(bytes, start)) this.#spend("acknowledgement of a PING that was not sent");
  }

  onGoaway(lastStreamId: number, errorCode: number, debug: Buffer): void {
    this.#spend("GOAWAY");
    if (this.#phase === "connecting" || this.#phase === "open") this.#phase = "draining";
    if (errorCode !== ErrorCode.noError) this.#error ??= new Http2Error(errorCode, "GOAWAY of the peer");
    this.listener.onGoaway(errorCode, lastStreamId, debug);
    this.didReceiveGoaway(lastStreamId);
    this.#closeWhenDrained();
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.#spend("WINDOW_UPDATE");
    if (streamId === 0) {
      if (!this.sendWindow.add(increment)) throw windowTooLarge();
      return this.#pumpWaiting();
    }
    const stream = this.#streamOf(streamId, "WINDOW_UPDATE");
    if (stream === undefined) return;
    if (stream.sendWindow.add(increment)) stream.pump();
    else stream.fail(windowTooLarge());
  }

  onStreamError(streamId: number, error: Http2Error): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) this.#spend(error.message);
    else stream.fail(error);
  }

  onIdleFrame(): void {
    this.#spend("frames without effect");
  }

  /** What the side of this connection requires of the peer's settings. */
  protected abstract checkSettings(settings: Settings): void;

  /** The peer has not looked at streams of this side above it. */
  protected abstract didReceiveGoaway(lastStreamId: number): void;

  /** An open stream, or undefined for a closed one. @throws Http2Error for one that was never opened: 5.1, "idle". */
  #streamOf(streamId: number, frame: string): Http2Stream | undefined {
    const stream = this.streams.get(streamId);
    if (stream === undefined && this.isIdle(streamId)) throw protocolError(`${frame} on the idle stream ${streamId}`);
    return stream;
  }

  #failData(stream: Http2Stream, error: Http2Error): void {
    stream.fail(error);
    this.#dataStream = undefined;
  }

  #decode(block: Buffer): readonly HeaderField[] | Http2Error {
    try {
      return this.#decoder.decode(block);
    } catch (thrown) {
      if (thrown instanceof HpackError && thrown.scope === "stream") return thrown;
      throw thrown;
    }
  }

  /** Takes a token for a frame that serves no call. */
  #spend(what: string): void {
    if (!this.guard.admits()) throw new Http2Error(ErrorCode.enhanceYourCalm, `too many frames: ${what}`);
  }

  #acknowledge(send: () => void): void {
    send();
    if (this.output.owesTooMuch)
      throw new Http2Error(ErrorCode.enhanceYourCalm, "acknowledgements are asked for and not read");
  }

  #resizeSendWindows(difference: number): void {
    for (const stream of this.streams.all()) {
      // 6.9.2: "An endpoint MUST treat a change to SETTINGS_INITIAL_WINDOW_SIZE that causes any flow-control window to exceed the maximum
      // size as a connection error of type FLOW_CONTROL_ERROR."
      if (!stream.sendWindow.add(difference))
        throw new Http2Error(ErrorCode.flowControlError, "SETTINGS_INITIAL_WINDOW_SIZE makes a window too large");
      if (difference > 0) stream.pump();
    }
  }

  #pumpWaiting(): void {
    for (let left = this.#waiting.length; left > 0 && this.sendWindow.available > 0 && this.output.hasRoom; left--) {
      const stream = this.#waiting.shift() as Http2Stream;
      stream.isWaiting = false;
      stream.pump();
    }
  }

  #announce(bytes: number): void {
    const update = bytes === 0 ? 0 : this.#receiveWindow.didConsume(bytes);
    if (update > 0) this.output.windowUpdate(0, update);
  }

  #probeBandwidth(): void {
    const sent = this.#pings.send(this.output, () => {
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
    this.output.settings([[SettingId.initialWindowSize, windowBytes]]);
    for (const { receiveWindow } of this.streams.all()) receiveWindow.growTo(receiveWindow.windowBytes + more);
    const connectionBytes = Math.min(MAX_CONNECTION_WINDOW_BYTES, 2 * windowBytes);
    if (connectionBytes > this.#receiveWindow.windowBytes)
      this.output.windowUpdate(0, this.#receiveWindow.growTo(connectionBytes));
  }

  #sendPreface({ preface, settings }: Side, maxHeaderListBytes: number): void {
    this.output.raw(preface);
    this.output.settings([
      ...settings,
      [SettingId.initialWindowSize, STREAM_WINDOW_BYTES],
      [SettingId.maxHeaderListSize, maxHeaderListBytes],
    ]);
    // The connection's window is 65,535 bytes until WINDOW_UPDATE: 6.9.2.
    this.output.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  /** The bytes may change when it has returned. */
  protected readChunk(chunk: Buffer): void {
    if (this.#phase === "closing" || this.#phase === "closed") return this.#didReadTooLate();
    this.lastReceivedMs = this.#now();
    try {
      this.#parser.push(this.#preface.skip(chunk));
    } catch (thrown) {
      if (thrown instanceof Http2Error) return this.didBreak(thrown);
      // A fault of a listener. What it left half done is not read on.
      this.destroy(new Error("a listener threw", { cause: thrown }));
      throw thrown;
    }
  }

  /** Bytes that nothing reads any more. They keep the socket's own timeout from running out. */
  #didReadTooLate(): void {
    if (this.#now() >= this.#closeByMs) this.socket.destroy();
  }

  /** 5.4.1: "An endpoint that encounters a connection error SHOULD first send a GOAWAY frame", then "MUST close the TCP connection." */
  protected didBreak(error: Http2Error): void {
    this.#error ??= error;
    this.sendGoaway(error.code, error.detail);
    this.#end();
    process.nextTick(() => this.#didClose());
  }

  #closeWhenDrained(): void {
    if (this.#phase !== "draining" || this.streams.size > 0) return;
    this.sendGoaway(ErrorCode.noError, "");
    this.#end();
  }

  /** Writes what has been gathered and closes the socket, also under a peer that never closes its side. */
  #end(): void {
    const { socket } = this;
    this.#phase = "closing";
    this.#parser.stop();
    this.output.flush();
    this.output.close();
    this.#closeByMs = this.#now() + CLOSING_MS;
    socket.setTimeout(CLOSING_MS, () => socket.destroy());
    // A server goes on reading until its client closes: the kernel answers unread bytes with RST, and GOAWAY would be lost.
    if (this.isClient) socket.once("finish", () => socket.destroy());
    socket.end();
  }

  #didClose(): void {
    if (this.#phase === "closed") return;
    const drained = (this.#phase === "closing" || this.#phase === "draining") && this.#error === undefined;
    const reason = this.#error ?? new Error("the peer closed the connection");
    this.#phase = "closed";
    this.#parser.stop();
    this.output.close();
    for (const stream of this.streams.all()) stream.abort({ kind: "lost", reason });
    this.listener.onClose(drained ? undefined : reason);
  }
}

/** 6.9.1: a sender that receives more "MUST terminate either the stream or the connection … with an error code of FLOW_CONTROL_ERROR". */
function windowTooLarge(): Http2Error {
  return new Http2Error(ErrorCode.flowControlError, "a window of more than 2^31-1 bytes");
}
