/**
 * The transport on our own HTTP/2 (`@agent-team/http2`). In: an endpoint. Out: a connection with gRPC streams in bytes.
 * It never queues a stream: `open` returns undefined for one that cannot be opened now.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import {
  ClientConnection,
  type ClientConnectionOptions,
  type ConnectionListener as Http2Listener,
  type PreparedFields,
  SharedReads,
} from "@agent-team/http2";
import { addressOf, type Endpoint } from "../endpoint.ts";
import { oneLine } from "../one-line.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamHead, StreamSink } from "../stream.ts";
import {
  type Connection,
  type ConnectionListener,
  describeGoaway,
  type Goaway,
  type PeerSettings,
  type Transport,
  type TransportOptions,
} from "../transport.ts";
import { namedError } from "./connection-error.ts";
import { EndedStream } from "./ended-stream.ts";
import { baseHeaders, callFields, fieldListBytes, MAX_HEADER_LIST_BYTES } from "./headers.ts";
import { BlockMemo } from "./own-http2-block-memo.ts";
import { MAX_METHODS, MethodFields } from "./own-http2-methods.ts";
import { OwnHttp2Stream, type StreamOwner } from "./own-http2-stream.ts";
import { broken, headersTooLarge } from "./response.ts";
import { type ResponseHead, readHead, statusOf } from "./response-headers.ts";
import { type Socket, SocketFactory } from "./socket-factory.ts";
import { NO_IDS_LEFT, RETIRE_AT_STREAM_ID } from "./stream-ids.ts";

/** Further inputs, for tests. */
export interface OwnHttp2Options {
  /** The id of each connection's first stream, odd. Default 1. */
  readonly firstStreamId?: number | undefined;
}

/** What the connections of a transport have in common. */
interface Shared {
  readonly clock: Clock;
  readonly maxReceiveMessageBytes: number;
  readonly methods: MethodFields;
  readonly http2: ClientConnectionOptions;
}

export class OwnHttp2Transport implements Transport {
  readonly #shared: Shared;
  readonly #sockets: SocketFactory;

  constructor(options: TransportOptions & OwnHttp2Options, clock: Clock) {
    const { maxReceiveMessageBytes, authority, firstStreamId } = options;
    const methods = new MethodFields(baseHeaders(options.tls === undefined ? "http" : "https", authority));
    const http2 = { now: () => clock.now(), maxHeaderListBytes: MAX_HEADER_LIST_BYTES, firstStreamId };
    this.#shared = { clock, maxReceiveMessageBytes, methods, http2 };
    this.#sockets = new SocketFactory(options, clock);
  }

  connect(endpoint: Endpoint, listener: ConnectionListener): Connection {
    const reads = new SharedReads();
    return this.#sockets.connect(
      endpoint,
      listener,
      (socket, connectTimeoutMs) =>
        new OwnHttp2Connection(endpoint, socket, reads, listener, this.#shared, connectTimeoutMs),
      reads.onread,
    );
  }
}

class OwnHttp2Connection implements Connection, StreamOwner, Http2Listener {
  readonly maxReceiveMessageBytes: number;
  readonly clock: Clock;
  readonly heads: BlockMemo<ResponseHead> = new BlockMemo(readHead);
  readonly trailers: BlockMemo<StreamEnd | undefined> = new BlockMemo(statusOf);
  readonly #listener: ConnectionListener;
  readonly #socket: Socket;
  readonly #h2: ClientConnection;
  readonly #methods: MethodFields;
  readonly #prepared = new Map<string, PreparedFields>();
  readonly #address: string;
  #connectTimer: Timer | undefined;
  #peerSettings: PeerSettings;
  /** The peer's SETTINGS_MAX_HEADER_LIST_SIZE, as far as this side sends that much. */
  #maxRequestHeaderBytes = MAX_HEADER_LIST_BYTES;
  /** What had come when `lastReceivedMs` was last asked for. */
  #receivedBytes = 0;
  #lastReceivedMs: number;
  /** Open streams that carry no call. Most connections have none. */
  #background: Set<OwnHttp2Stream> | undefined;
  /** `hasRoom` was false when it last could have changed. */
  #isFull = false;
  #retired = false;
  #closed = false;
  #goaway: Goaway | undefined;
  #destroyedFor: Error | undefined;

  constructor(
    endpoint: Endpoint,
    socket: Socket,
    reads: SharedReads,
    listener: ConnectionListener,
    { clock, maxReceiveMessageBytes, methods, http2 }: Shared,
    connectTimeoutMs: number,
  ) {
    this.#socket = socket;
    this.#listener = listener;
    this.#address = addressOf(endpoint);
    this.clock = clock;
    this.#lastReceivedMs = clock.now();
    this.maxReceiveMessageBytes = maxReceiveMessageBytes;
    this.#methods = methods;
    this.#h2 = new ClientConnection(socket, { ...http2, reads }, this);
    // A proxy's tunnel is handed over paused.
    socket.resume();
    this.#peerSettings = this.#readPeerSettings();
    this.#connectTimer = setPeerTimer(clock, connectTimeoutMs, () => {
      this.destroy(new Error(`no HTTP/2 SETTINGS from ${this.#address} within ${connectTimeoutMs} ms`));
      // No stream has to end first, and calls whose deadline is this instant get the reason.
      this.onClose(this.#destroyedFor);
    });
  }

  // --- Connection

  get peerSettings(): PeerSettings {
    return this.#peerSettings;
  }

  get hasRoom(): boolean {
    return this.#h2.hasRoom && !this.#retired;
  }

  get openStreams(): number {
    return this.#h2.openStreams;
  }

  get openCalls(): number {
    return this.#h2.openStreams - (this.#background?.size ?? 0);
  }

  get lastReceivedMs(): number {
    const { receivedBytes, lastReceivedMs: receivedMs } = this.#h2;
    if (receivedBytes === this.#receivedBytes) return this.#lastReceivedMs;
    this.#receivedBytes = receivedBytes;
    // A reader that compares instants must see bytes that came at the very instant of its last answer: a clock may stand still.
    this.#lastReceivedMs = receivedMs > this.#lastReceivedMs ? receivedMs : this.clock.now();
    return this.#lastReceivedMs;
  }

  get responses(): number {
    return this.#h2.responses;
  }

  ping(onAck: (roundTripMs: number) => void): boolean {
    return this.#h2.ping(onAck);
  }

  open(head: StreamHead, sink: StreamSink): Stream | undefined {
    if (!this.hasRoom) return undefined;
    const prepared = this.#prepared.get(head.method.path) ?? this.#prepare(head.method.path);
    const fields = callFields(head);
    const bytes = prepared.listBytes + fieldListBytes(fields);
    if (bytes > this.#maxRequestHeaderBytes)
      return new EndedStream(sink, headersTooLarge(bytes, this.#address, this.#maxRequestHeaderBytes));
    const stream = new OwnHttp2Stream(this, sink, head.compression === "gzip");
    const h2 = this.#h2.open(prepared, fields, stream);
    if (h2 === undefined) return undefined;
    stream.attach(h2);
    // An idle connection does not keep the process running; a call does.
    if (head.isBackground === true) (this.#background ??= new Set()).add(stream);
    else if (this.openCalls === 1) this.#socket.ref();
    if (h2.id >= RETIRE_AT_STREAM_ID) this.#retire();
    this.#isFull = !this.hasRoom;
    return stream;
  }

  drain(): void {
    this.#h2.close();
  }

  destroy(error: Error): void {
    this.#destroyedFor ??= error;
    this.#h2.destroy(error);
  }

  // --- StreamOwner

  refusal(): StreamEnd {
    const known = this.#goaway === undefined ? this.#address : this.#goawayText(this.#goaway);
    return broken(Status.unavailable, `the server has sent GOAWAY and not processed the request (${known})`, "refused");
  }

  loss(reason: Error, isSent: boolean): StreamEnd {
    const known = this.#reasonOf(reason).message;
    if (!isSent)
      return broken(Status.unavailable, `the connection ended before the request was sent (${known})`, "not-sent");
    return broken(Status.unavailable, `the connection was lost (${known})`);
  }

  // --- Http2Listener

  onSettings(): void {
    this.#peerSettings = this.#readPeerSettings();
    this.#maxRequestHeaderBytes = Math.min(MAX_HEADER_LIST_BYTES, this.#peerSettings.maxHeaderListBytes);
    if (this.#connectTimer === undefined) return this.#reportRoom();
    this.#connectTimer.cancel();
    this.#connectTimer = undefined;
    this.#socket.unref();
    this.#listener.onReady();
  }

  onStreamClose(): void {
    for (const stream of this.#background ?? []) if (stream.isClosed) this.#background?.delete(stream);
    if (this.openCalls === 0) this.#socket.unref();
    // The streams of a connection that has retired were the last ones.
    if (this.#retired && this.#h2.openStreams === 0) this.#h2.close();
    this.#reportRoom();
  }

  onGoaway(errorCode: number, lastStreamId: number, debug: Buffer): void {
    this.#goaway = { errorCode, lastStreamId, debug: oneLine(debug.toString()) };
    this.#listener.onGoaway(this.#goaway);
  }

  onClose(error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connectTimer?.cancel();
    this.#connectTimer = undefined;
    this.#listener.onClose(error === undefined ? undefined : this.#reasonOf(error));
  }

  #prepare(path: string): PreparedFields {
    if (this.#prepared.size >= MAX_METHODS) this.#prepared.clear();
    const prepared = this.#h2.prepare(this.#methods.of(path));
    this.#prepared.set(path, prepared);
    return prepared;
  }

  #retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    // After `open` has returned: its caller does not expect a change of state in between.
    queueMicrotask(() => {
      if (!this.#closed) this.#listener.onGoaway(NO_IDS_LEFT);
    });
  }

  #reportRoom(): void {
    const wasFull = this.#isFull;
    this.#isFull = !this.hasRoom;
    if (wasFull && !this.#isFull) this.#listener.onRoom();
  }

  #readPeerSettings(): PeerSettings {
    const { maxConcurrentStreams, maxHeaderListBytes } = this.#h2.peerSettings;
    return { maxConcurrentStreams, maxHeaderListBytes };
  }

  /** Why the connection ended: what this side wanted, or the peer's GOAWAY with an error, or what happened to the socket. */
  #reasonOf(error: Error): Error {
    if (this.#destroyedFor !== undefined) return this.#destroyedFor;
    if (this.#goaway !== undefined && this.#goaway.errorCode !== 0) return new Error(this.#goawayText(this.#goaway));
    return namedError(error, this.#address);
  }

  #goawayText(goaway: Goaway): string {
    return `${this.#address} sent ${describeGoaway(goaway)}`;
  }
}
