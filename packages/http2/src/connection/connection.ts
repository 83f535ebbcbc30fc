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
import { FloodGuard } from "../flow/flood-guard.ts";
import type { SendWindow } from "../flow/send-window.ts";
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
import { CONNECTION_WINDOW_BYTES, InboundData, type InboundStreams } from "./inbound-data.ts";
import { Pings } from "./pings.ts";
import { resizeSendWindows, SendQueue } from "./send-queue.ts";
import type { ConnectionListener, ConnectionOptions, Side } from "./side.ts";
import type { Http2Stream } from "./stream.ts";
import type { StreamOwner } from "./stream-owner.ts";
import { StreamRing } from "./stream-ring.ts";

/** How long a socket may take to write the last bytes, in ms: a peer that does not read them must not keep it. */
const CLOSING_MS = 1_000;

const DEFAULT_MAX_HEADER_LIST_BYTES = 65_536;
/** RFC 9113 6.5.2 counts 32 bytes for each field, so no list within the limit has more. */
const MIN_FIELD_BYTES = 32;

type Phase = "connecting" | "open" | "draining" | "closing" | "closed";

export abstract class Http2Connection implements FrameEvents, InboundStreams, StreamOwner {
  readonly output: FrameOutput;
  readonly isClient: boolean;
  readonly inbound: InboundData;
  readonly sendWindow: SendWindow;
  /** When bytes last came, on the scale of `now`. */
  lastReceivedMs: number;
  /** All that have come. Not the socket's `bytesRead`: Bun does not count what it reads by `onread`. */
  receivedBytes = 0;
  protected readonly socket: Socket;
  protected readonly listener: ConnectionListener;
  protected readonly streams: StreamRing<Http2Stream> = new StreamRing();
  protected readonly encoder: HpackEncoder = new HpackEncoder();
  protected readonly guard: FloodGuard;
  readonly #decoder: HpackDecoder;
  readonly #preface: PrefaceReader;
  readonly #parser: FrameParser;
  readonly #now: () => number;
  readonly #pings = new Pings();
  readonly #sendQueue = new SendQueue();
  readonly #setTableSize = (bytes: number): void => this.encoder.setMaxTableSize(bytes);
  #headerBlocks = 0;
  #peerSettings: Settings;
  #phase: Phase = "connecting";
  #error: Error | undefined;
  #goawayIsSent = false;
  /** When the socket is destroyed at the latest; known once this side has ended it. */
  #closeByMs = Number.POSITIVE_INFINITY;

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
    this.sendWindow = this.#sendQueue.window;
    this.output = new FrameOutput(socket, () => this.#sendQueue.pump(this.output));
    const { output, guard } = this;
    this.inbound = new InboundData({ streams: this, output, guard, pings: this.#pings, now: options.now });
    this.#parser = new FrameParser(new FrameReceiver(this, this.inbound), DEFAULT_MAX_FRAME_BYTES);
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

  /** It grows with each header block, and with DATA. */
  get responses(): number {
    return this.#headerBlocks + this.inbound.arrivals;
  }

  get openStreams(): number {
    return this.streams.size;
  }

  /** Whether new streams are taken: SETTINGS have come, and no GOAWAY, in either direction. */
  get isOpen(): boolean {
    return this.#phase === "open";
  }

  /** Whether frames still go both ways. */
  get isLive(): boolean {
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
    this.#sendQueue.add(stream);
  }

  didSend(bytes: number): void {
    this.guard.didSend(bytes);
  }

  didClose(stream: Http2Stream): void {
    this.streams.delete(stream);
    this.listener.onStreamClose();
    if (this.#phase === "draining") this.#closeWhenDrained();
  }

  // --- InboundStreams

  /** An open stream, or undefined for a closed one. @throws Http2Error for one that was never opened: 5.1, "idle". */
  openStream(streamId: number, frame: string): Http2Stream | undefined {
    const stream = this.streams.get(streamId);
    if (stream === undefined && this.isIdle(streamId)) throw protocolError(`${frame} on the idle stream ${streamId}`);
    return stream;
  }

  openStreamsNow(): readonly Http2Stream[] {
    return this.streams.all();
  }

  // --- FrameEvents

  onHeaderBlock(streamId: number, block: Buffer, endStream: boolean): void {
    this.#headerBlocks++;
    const fields = this.#decode(block);
    const stream = this.streams.get(streamId);
    // 5.1.1 and 5.1: a frame on a stream that was not opened, or that the other side may not open.
    this.didReceiveBlock(streamId, stream, fields, endStream);
  }

  onRstStream(streamId: number, errorCode: number): void {
    const stream = this.openStream(streamId, "RST_STREAM");
    if (stream === undefined) this.guard.spend("RST_STREAM on a closed stream");
    else stream.abort({ kind: "reset", errorCode });
  }

  onSettings(bytes: Buffer, start: number, end: number): void {
    this.guard.spend("SETTINGS");
    const before = this.#peerSettings;
    const settings = applySettings(before, bytes, start, end, this.#setTableSize);
    this.checkSettings(settings);
    this.#peerSettings = settings;
    this.#acknowledge(() => this.output.settingsAck());
    if (settings.initialWindowBytes !== before.initialWindowBytes)
      resizeSendWindows(this.openStreamsNow(), settings.initialWindowBytes - before.initialWindowBytes);
    if (this.#phase === "connecting") this.#phase = "open";
    this.listener.onSettings();
  }

  onSettingsAck(): void {
    // What SETTINGS of this side promise holds from the moment at which they were sent; nothing waits for this.
    this.guard.spend("acknowledgement of SETTINGS");
  }

  onPing(bytes: Buffer, start: number): void {
    // gRFC A8: the debug data by which clients know that they have to ask less often.
    if (!this.guard.admits()) throw new Http2Error(ErrorCode.enhanceYourCalm, "too_many_pings");
    this.#acknowledge(() => this.output.ping(bytes, start, true));
  }

  onPingAck(bytes: Buffer, start: number): void {
    if (!this.#pings.didAck(bytes, start)) this.guard.spend("acknowledgement of a PING that was not sent");
  }

  onGoaway(lastStreamId: number, errorCode: number, debug: Buffer): void {
    this.guard.spend("GOAWAY");
    if (this.#phase === "connecting" || this.#phase === "open") this.#phase = "draining";
    if (errorCode !== ErrorCode.noError) this.#error ??= new Http2Error(errorCode, "GOAWAY of the peer");
    this.listener.onGoaway(errorCode, lastStreamId, debug);
    this.didReceiveGoaway(lastStreamId);
    this.#closeWhenDrained();
  }

  onWindowUpdate(streamId: number, increment: number): void {
    this.guard.spend("WINDOW_UPDATE");
    if (streamId === 0) {
      if (!this.sendWindow.add(increment)) throw windowTooLarge();
      return this.#sendQueue.pump(this.output);
    }
    const stream = this.openStream(streamId, "WINDOW_UPDATE");
    if (stream === undefined) return;
    if (stream.sendWindow.add(increment)) stream.pump();
    else stream.fail(windowTooLarge());
  }

  onStreamError(streamId: number, error: Http2Error): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) this.guard.spend(error.message);
    else stream.fail(error);
  }

  onIdleFrame(): void {
    this.guard.spend("frames without effect");
  }

  /** What the side of this connection requires of the peer's settings. */
  protected abstract checkSettings(settings: Settings): void;

  /** The peer has not looked at streams of this side above it. */
  protected abstract didReceiveGoaway(lastStreamId: number): void;

  #decode(block: Buffer): readonly HeaderField[] | Http2Error {
    try {
      return this.#decoder.decode(block);
    } catch (thrown) {
      if (thrown instanceof HpackError && thrown.scope === "stream") return thrown;
      throw thrown;
    }
  }

  #acknowledge(send: () => void): void {
    send();
    if (this.output.owesTooMuch)
      throw new Http2Error(ErrorCode.enhanceYourCalm, "acknowledgements are asked for and not read");
  }

  #sendPreface({ preface, settings }: Side, maxHeaderListBytes: number): void {
    this.output.raw(preface);
    this.output.settings([
      ...settings,
      [SettingId.initialWindowSize, this.inbound.streamWindowBytes],
      [SettingId.maxHeaderListSize, maxHeaderListBytes],
    ]);
    // The connection's window is 65,535 bytes until WINDOW_UPDATE: 6.9.2.
    this.output.windowUpdate(0, CONNECTION_WINDOW_BYTES - DEFAULT_WINDOW_BYTES);
  }

  /** The bytes may change when it has returned. */
  protected readChunk(chunk: Buffer): void {
    if (this.#phase === "closing" || this.#phase === "closed") return this.#didReadTooLate();
    this.lastReceivedMs = this.#now();
    this.receivedBytes += chunk.length;
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
