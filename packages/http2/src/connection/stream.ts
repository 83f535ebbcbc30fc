/**
 * One stream of either side: its state, its two windows, and what waits on it. In: frames of its connection, messages of its user. Out: events for its
 * listener, frames for the connection's output.
 *
 *   RFC 9113 5.1, of a stream that one side has opened by HEADERS:
 *
 *             END_STREAM sent                END_STREAM received
 *   open ────────────────────► half-closed ───────────────────────► closed
 *     │                          (local)                              ▲
 *     │   END_STREAM received                END_STREAM sent          │
 *     ├────────────────────────► half-closed ─────────────────────────┤
 *     │                          (remote)                             │
 *     └──────────────── RST_STREAM, GOAWAY, loss ─────────────────────┘
 *
 * A listener that does not read holds its peer back: what has come waits here, and is announced to the peer as consumed only
 * when the listener has got it.
 */

import { DEFAULT_MAX_FRAME_BYTES } from "../constants.ts";
import { ReceiveWindow } from "../flow/receive-window.ts";
import { SendWindow } from "../flow/send-window.ts";
import { FRAME_HEADER_BYTES, readUint24 } from "../frame.ts";
import type { HeaderField } from "../hpack/header-field.ts";
import type { PreparedFields } from "../hpack/prepared-fields.ts";
import { type Http2Error, protocolError } from "../http2-error.ts";
import { keep } from "../read/shared-reads.ts";
import type { StreamAbort, StreamListener } from "./stream-listener.ts";
import type { StreamOwner } from "./stream-owner.ts";
import { UnreadData } from "./unread-data.ts";

/** Bytes that wait on a stream before its user is asked to pause: four frames, enough to fill a write while the user catches up. */
const HIGH_WATER_BYTES = 65_536;

interface Outgoing {
  readonly bytes: Uint8Array;
  readonly endStream: boolean;
}

interface Trailers {
  readonly fields: readonly HeaderField[];
  readonly prepared: PreparedFields | undefined;
}

export class Http2Stream {
  readonly id: number;
  readonly sendWindow: SendWindow;
  readonly receiveWindow: ReceiveWindow;
  /** In the connection's queue of streams that wait for room. */
  isWaiting = false;
  readonly #owner: StreamOwner;
  #listener: StreamListener;
  /** The output's flushes before its HEADERS. */
  readonly #openedAt: number;
  #isClosed = false;
  #localEnded = false;
  #remoteEnded = false;
  #hasHeaders = false;
  /** RFC 9113 8.1.1: what `content-length` promised, less what has come. */
  #contentBytesLeft = Number.NaN;
  #isPaused = false;
  #isResuming = false;
  /** Data for a listener that does not read. */
  #unread: UnreadData | undefined;
  #endIsUnread = false;
  #outgoing: Outgoing[] | undefined;
  /** How much of the first message has been sent. */
  #sentOfFirst = 0;
  #outgoingBytes = 0;
  #awaitsDrain = false;
  /** They follow what waits. */
  #trailers: Trailers | undefined;

  constructor(
    id: number,
    owner: StreamOwner,
    listener: StreamListener,
    sendWindowBytes: number,
    receiveWindowBytes: number,
  ) {
    this.id = id;
    this.#owner = owner;
    this.#openedAt = owner.output.flushes;
    this.#listener = listener;
    this.sendWindow = new SendWindow(sendWindowBytes);
    this.receiveWindow = new ReceiveWindow(receiveWindowBytes);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Its HEADERS have been given to the socket, so that the peer may have got them. */
  get isSent(): boolean {
    return this.#owner.output.flushes > this.#openedAt;
  }

  /** This side has sent END_STREAM, or will behind what waits. */
  get localEnded(): boolean {
    return this.#localEnded;
  }

  /** The peer has sent END_STREAM. */
  get remoteEnded(): boolean {
    return this.#remoteEnded;
  }

  /** The header block of the response has come. */
  get hasHeaders(): boolean {
    return this.#hasHeaders;
  }

  // --- What its user does.

  /**
   * Sends data; `endStream` ends this side. The bytes must not change afterwards: what the windows do not admit waits. False: much is
   * waiting, and `onDrain` follows when it has been sent.
   */
  send(bytes: Uint8Array, endStream: boolean): boolean {
    if (this.#localEnded || this.#isClosed) return true;
    this.#localEnded = endStream;
    this.#owner.didSend(bytes.length);
    if (this.#outgoing === undefined && this.#fits(bytes.length)) {
      this.#write(bytes, 0, bytes.length, endStream);
      return true;
    }
    (this.#outgoing ??= []).push({ bytes, endStream });
    this.#outgoingBytes += bytes.length;
    this.pump();
    if (this.#outgoingBytes < HIGH_WATER_BYTES) return true;
    this.#awaitsDrain = true;
    return false;
  }

  /** As `send` of both one after the other. They are not copied together when there is room for them; `prefix` may change afterwards. */
  sendPrefixed(prefix: Uint8Array, bytes: Uint8Array, endStream: boolean): boolean {
    const length = prefix.length + bytes.length;
    if (this.#outgoing !== undefined || !this.#fits(length)) return this.#sendBehind(prefix, bytes, endStream);
    if (this.#localEnded || this.#isClosed) return true;
    this.#localEnded = endStream;
    this.#owner.didSend(length);
    this.#owner.output.prefixedData(this.id, prefix, bytes, endStream);
    this.#didWrite(length, endStream);
    return true;
  }

  /** The header block of a response, for a server. `endStream`: it is all of the response. */
  respond(fields: readonly HeaderField[], prepared: PreparedFields | undefined, endStream: boolean): void {
    if (this.#localEnded || this.#isClosed) return;
    this.#owner.sendBlock(this.id, fields, prepared, endStream);
    if (!endStream) return;
    this.#localEnded = true;
    this.#didEndSending();
  }

  /** The header block behind the data, which ends this side. Data that waits goes first. */
  sendTrailers(fields: readonly HeaderField[], prepared: PreparedFields | undefined): void {
    if (this.#outgoing === undefined) return this.respond(fields, prepared, true);
    if (this.#localEnded || this.#isClosed) return;
    this.#localEnded = true;
    this.#trailers = { fields, prepared };
  }

  /** Drops data that waits, so that trailers follow at once what has been sent. For a response that has failed. */
  discard(): void {
    this.#outgoing = undefined;
    this.#outgoingBytes = 0;
    this.#sentOfFirst = 0;
    this.#awaitsDrain = false;
  }

  /** RST_STREAM. The listener gets no further event. */
  reset(errorCode: number): void {
    if (this.#isClosed) {
      this.#dropUnread();
      return;
    }
    this.#owner.output.rstStream(this.id, errorCode);
    this.#close();
    this.#dropUnread();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    // From within `onData`: what follows waits until the listener has read this part.
    if (this.#isResuming) return;
    this.#isResuming = true;
    try {
      this.#readOn();
    } finally {
      this.#isResuming = false;
    }
  }

  // --- What its connection reports.

  /** Sends what waits, as far as the windows and the output admit. Then the other streams that wait have their turn. */
  pump(): void {
    const { output, sendWindow, maxSendFrameBytes } = this.#owner;
    while (this.#outgoing !== undefined) {
      const { bytes, endStream } = this.#outgoing[0] as Outgoing;
      const left = bytes.length - this.#sentOfFirst;
      if (left > 0) {
        // Its own window: WINDOW_UPDATE asks again.
        if (this.sendWindow.available <= 0) return;
        if (sendWindow.available <= 0 || !output.hasRoom) return this.#owner.waitForRoom(this);
      }
      // An empty frame needs no window, and gets through one that is negative.
      const length =
        left === 0
          ? 0
          : Math.min(left, this.sendWindow.available, sendWindow.available, maxSendFrameBytes, DEFAULT_MAX_FRAME_BYTES);
      const from = this.#sentOfFirst;
      this.#sentOfFirst += length;
      this.#outgoingBytes -= length;
      if (length === left) {
        this.#outgoing.shift();
        if (this.#outgoing.length === 0) this.#outgoing = undefined;
        this.#sentOfFirst = 0;
      }
      this.#write(bytes, from, from + length, endStream && length === left);
      if (this.#awaitsDrain && this.#outgoingBytes <= HIGH_WATER_BYTES / 2) {
        this.#awaitsDrain = false;
        this.#listener.onDrain();
      }
    }
    if (this.#trailers !== undefined) this.#flushTrailers(this.#trailers);
  }

  /** The request of a client, by which this stream is open. Its further events go to `listener`. */
  didReceiveRequest(listener: StreamListener, contentLength: number | undefined, endStream: boolean): void {
    this.#listener = listener;
    this.#hasHeaders = true;
    if (this.#isClosed) return;
    if (contentLength !== undefined) this.#contentBytesLeft = contentLength;
    this.#remoteEnded = endStream;
    if (endStream) this.#didEnd();
  }

  didReceiveHeaders(fields: readonly HeaderField[], contentLength: number | undefined, endStream: boolean): void {
    this.#hasHeaders = true;
    if (contentLength !== undefined) this.#contentBytesLeft = contentLength;
    this.#remoteEnded = endStream;
    this.#listener.onHeaders(fields, endStream);
    if (endStream) this.#didEnd();
  }

  didReceiveTrailers(fields: readonly HeaderField[]): void {
    this.#remoteEnded = true;
    this.#listener.onTrailers(fields);
    this.#didEnd();
  }

  /** So many DATA frames: `bytes` from the header of the first one at `start` to the end of the last one. */
  didReceiveFrames(bytes: Buffer, start: number, end: number, count: number): void {
    const length = end - start - count * FRAME_HEADER_BYTES;
    if (this.#exceedsContent(length)) return;
    let unread = 0;
    // Within each of them the listener may pause or reset the stream, or close the connection.
    for (let at = start; at < end && !this.#isClosed && this.#owner.isLive; ) {
      const dataAt = at + FRAME_HEADER_BYTES;
      at = dataAt + readUint24(bytes, at);
      unread += this.#deliver(bytes, dataAt, at);
    }
    this.#didDeliver(length, unread);
  }

  /** A part of a DATA frame, without its header. */
  didReceiveData(bytes: Buffer, start: number, end: number): void {
    const length = end - start;
    if (this.#exceedsContent(length)) return;
    this.#didDeliver(length, this.#deliver(bytes, start, end));
  }

  /** Padding, which counts for flow control and no listener gets. */
  didReceivePadding(bytes: number): void {
    this.#owner.inbound.didReceive(bytes, 0);
    this.#announce(bytes);
  }

  /** END_STREAM in a DATA frame, all of which has come. */
  didEndData(): void {
    if (this.#isClosed) return;
    this.#remoteEnded = true;
    this.#didEnd();
  }

  /**
   * Ends the stream: nothing is sent for it any more. A response that has come whole stays good. RFC 9113 8.1: "Clients MUST NOT
   * discard responses as a consequence of receiving such a RST_STREAM". A request that has come whole is cancelled.
   */
  abort(abort: StreamAbort): void {
    if (this.#isClosed) return;
    this.#close();
    if (this.#remoteEnded && this.#owner.isClient) return;
    this.#dropUnread();
    this.#listener.onAbort(abort);
  }

  /** The peer broke a rule on this stream. RFC 9113 5.4.2: the answer is RST_STREAM with the error's code. */
  fail(error: Http2Error): void {
    if (this.#isClosed) return;
    this.#owner.output.rstStream(this.id, error.code);
    this.#owner.didFail();
    this.abort({ kind: "violation", error });
  }

  /** True: more has come than `content-length` promised. The stream has been reset. */
  #exceedsContent(bytes: number): boolean {
    this.#contentBytesLeft -= bytes;
    if (!(this.#contentBytesLeft < 0)) return false;
    this.#owner.inbound.didReceive(bytes, 0);
    this.#refuse();
    return true;
  }

  /** To the listener, if it reads. Returns how many of the bytes wait. */
  #deliver(bytes: Buffer, start: number, end: number): number {
    if (!this.#isPaused && this.#unread === undefined) {
      this.#listener.onData(bytes, start, end);
      return 0;
    }
    (this.#unread ??= new UnreadData()).push(keep(bytes, start, end));
    return end - start;
  }

  /** So many bytes count as consumed: see `InboundData`. */
  #didDeliver(bytes: number, unread: number): void {
    this.#owner.inbound.didReceive(bytes, unread);
    this.#announce(bytes - unread);
  }

  #readOn(): void {
    while (this.#unread !== undefined && !this.#isPaused) {
      const part = this.#unread.shift() as Buffer;
      if (this.#unread.bytes === 0) this.#unread = undefined;
      this.#owner.inbound.didRead(part.length);
      this.#announce(part.length);
      this.#listener.onData(part, 0, part.length);
    }
    if (this.#endIsUnread && this.#unread === undefined && !this.#isPaused) {
      this.#endIsUnread = false;
      this.#listener.onEnd();
    }
  }

  #didEnd(): void {
    if (this.#isClosed) return;
    // RFC 9113 8.1.1: a message "is also malformed if the value of a Content-Length header field does not equal the sum of the DATA
    // frame payload lengths". NaN: there was none.
    if (this.#contentBytesLeft !== 0 && !Number.isNaN(this.#contentBytesLeft)) return this.#refuse();
    if (this.#localEnded && this.#outgoing === undefined) this.#close();
    if (this.#unread === undefined && !this.#isPaused) this.#listener.onEnd();
    else this.#endIsUnread = true;
  }

  /** The message has come whole, or more of it than it promised, and is malformed. */
  #refuse(): void {
    this.#remoteEnded = false;
    this.fail(protocolError("content-length differs from the data that came"));
  }

  /** For a small message a copy costs less than a frame of its own for the prefix; a large one is not copied. */
  #sendBehind(prefix: Uint8Array, bytes: Uint8Array, endStream: boolean): boolean {
    if (bytes.length <= DEFAULT_MAX_FRAME_BYTES) return this.send(Buffer.concat([prefix, bytes]), endStream);
    this.send(Uint8Array.from(prefix), false);
    return this.send(bytes, endStream);
  }

  #fits(length: number): boolean {
    const { output, sendWindow, maxSendFrameBytes } = this.#owner;
    return (
      length <= this.sendWindow.available &&
      length <= sendWindow.available &&
      length <= maxSendFrameBytes &&
      length <= DEFAULT_MAX_FRAME_BYTES &&
      output.hasRoom
    );
  }

  #write(bytes: Uint8Array, start: number, end: number, endStream: boolean): void {
    this.#owner.output.data(this.id, bytes, start, end, endStream);
    this.#didWrite(end - start, endStream);
  }

  #didWrite(length: number, endStream: boolean): void {
    this.sendWindow.available -= length;
    this.#owner.sendWindow.available -= length;
    if (endStream) this.#didEndSending();
  }

  #flushTrailers({ fields, prepared }: Trailers): void {
    this.#trailers = undefined;
    this.#owner.sendBlock(this.id, fields, prepared, true);
    this.#didEndSending();
  }

  #didEndSending(): void {
    if (this.#remoteEnded) this.#close();
    else this.#owner.didEndFirst(this);
  }

  /** The bytes have been consumed: the peer may send as many more. */
  #announce(bytes: number): void {
    if (this.#remoteEnded || this.#isClosed) return;
    const update = this.receiveWindow.didConsume(bytes);
    if (update > 0) this.#owner.output.windowUpdate(this.id, update);
  }

  #dropUnread(): void {
    this.#endIsUnread = false;
    if (this.#unread === undefined) return;
    const { bytes } = this.#unread;
    this.#unread = undefined;
    this.#owner.inbound.didRead(bytes);
  }

  #close(): void {
    this.#isClosed = true;
    this.#outgoing = undefined;
    this.#outgoingBytes = 0;
    this.#trailers = undefined;
    this.#owner.didClose(this);
  }
}
