/**
 * The transport on `node:http2`. In: an endpoint. Out: a connection with gRPC streams in bytes.
 * It never queues a stream: `open` returns undefined for one that cannot be opened now.
 *
 * What node:http2 does otherwise than expected (measured on 20.20, 22.23, 24.21), each handled below: requests after GOAWAY
 * throw or return a stream without id; the streams of a killed peer end with code 8 and no error; SETTINGS have no timeout.
 */

import type * as http2 from "node:http2";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
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
import { addCallHeaders, baseHeaders, headerListBytes, MAX_HEADER_LIST_BYTES, type RequestHeaders } from "./headers.ts";
import { NodeHttp2Stream, type StreamOwner } from "./node-http2-stream.ts";
import { broken, headersTooLarge } from "./response.ts";
import { type Socket, SocketFactory } from "./socket-factory.ts";
import { NO_IDS_LEFT, RETIRE_AT_STREAM_ID } from "./stream-ids.ts";

/**
 * Bytes that the peer may send before we have consumed any. HTTP/2's own 64 KiB would stall a 1 MiB message fifteen
 * times for a round trip; per connection there is room for four such streams.
 */
const STREAM_WINDOW_BYTES = 1 << 20;
const CONNECTION_WINDOW_BYTES = 4 << 20;
/** As many fields as fit into that size, at RFC 9113 6.5.2's 32 bytes for each: node:http2's own limit is 128. */
const MAX_HEADER_FIELDS = MAX_HEADER_LIST_BYTES / 32;
/** RFC 9113 6.5.2: "The initial value of this setting is unlimited", of both. */
const UNLIMITED = 0xffff_ffff;
const DEFAULT_PEER_SETTINGS: PeerSettings = { maxConcurrentStreams: UNLIMITED, maxHeaderListBytes: UNLIMITED };

export class NodeHttp2Transport implements Transport {
  readonly #options: TransportOptions;
  readonly #clock: Clock;
  readonly #sockets: SocketFactory;

  constructor(options: TransportOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#sockets = new SocketFactory(options, clock);
  }

  connect(endpoint: Endpoint, listener: ConnectionListener): Connection {
    return this.#sockets.connect(
      endpoint,
      listener,
      (socket, connectTimeoutMs) =>
        new NodeHttp2Connection(endpoint, socket, listener, { ...this.#options, connectTimeoutMs }, this.#clock),
    );
  }
}

class NodeHttp2Connection implements Connection, StreamOwner {
  readonly maxReceiveMessageBytes: number;
  readonly maxResponseHeaderBytes = MAX_HEADER_LIST_BYTES;
  readonly clock: Clock;
  responses = 0;
  readonly #listener: ConnectionListener;
  readonly #session: http2.ClientHttp2Session;
  readonly #socket: Socket;
  readonly #baseHeaders: Readonly<Record<string, string>>;
  readonly #baseHeaderBytes: number;
  readonly #address: string;
  #connectTimer: Timer | undefined;
  #peerSettings = DEFAULT_PEER_SETTINGS;
  /** The peer's SETTINGS_MAX_HEADER_LIST_SIZE, as far as this side sends that much. */
  #maxRequestHeaderBytes = MAX_HEADER_LIST_BYTES;
  /** What the socket had read when `lastReceivedMs` was last asked for: node:http2 shows no frames. */
  #bytesRead = 0;
  #lastReceivedMs: number;
  #streams = 0;
  /** Open streams that carry no call. */
  readonly #background = new Set<Stream>();
  #acceptsStreams = false;
  #closed = false;
  /** RFC 9113 6.8: streams above it were not looked at. */
  #lastStreamId = Number.POSITIVE_INFINITY;
  #goaway: Goaway | undefined;
  #error: Error | undefined;

  constructor(
    endpoint: Endpoint,
    socket: Socket,
    listener: ConnectionListener,
    options: TransportOptions,
    clock: Clock,
  ) {
    this.#socket = socket;
    this.#listener = listener;
    this.#address = addressOf(endpoint);
    this.clock = clock;
    this.#lastReceivedMs = clock.now();
    this.maxReceiveMessageBytes = options.maxReceiveMessageBytes;
    const scheme = options.tls === undefined ? "http" : "https";
    this.#baseHeaders = baseHeaders(scheme, options.authority);
    this.#baseHeaderBytes = headerListBytes(this.#baseHeaders);
    // The socket is ours and so is `:authority`; node:http2 only wants a URL that it can parse, which not every address makes.
    // Loaded here and not by an import, which would cost each start 14 ms of CPU also where the transport is our own.
    this.#session = process.getBuiltinModule("node:http2").connect(`${scheme}://peer`, {
      createConnection: () => socket,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: MAX_HEADER_LIST_BYTES,
      },
      maxHeaderListPairs: MAX_HEADER_FIELDS,
    });
    // After this side has ended, a peer that never ends its own must not keep the socket open.
    socket.once("finish", () => socket.destroy());
    this.#watch(this.#session);
    this.#connectTimer = setPeerTimer(clock, options.connectTimeoutMs, () => {
      this.destroy(new Error(`no HTTP/2 SETTINGS from ${this.#address} within ${options.connectTimeoutMs} ms`));
      // No stream has to end first, and calls whose deadline is this instant get the reason.
      this.#didClose();
    });
  }

  get peerSettings(): PeerSettings {
    return this.#peerSettings;
  }

  get hasRoom(): boolean {
    return this.#acceptsStreams && this.#streams < this.#peerSettings.maxConcurrentStreams;
  }

  get openStreams(): number {
    return this.#streams;
  }

  get openCalls(): number {
    return this.#streams - this.#background.size;
  }

  get lastReceivedMs(): number {
    const { bytesRead } = this.#socket;
    if (bytesRead !== this.#bytesRead) {
      this.#bytesRead = bytesRead;
      this.#lastReceivedMs = this.clock.now();
    }
    return this.#lastReceivedMs;
  }

  ping(onAck: (roundTripMs: number) => void): boolean {
    if (this.#connectTimer !== undefined || this.#closed || this.#session.destroyed) return false;
    const sentMs = this.clock.now();
    return this.#session.ping((error) => {
      if (error === null) onAck(this.clock.now() - sentMs);
    });
  }

  open(head: StreamHead, sink: StreamSink): Stream | undefined {
    if (!this.hasRoom) return undefined;
    const headers: RequestHeaders = { ...this.#baseHeaders };
    const bytes = this.#baseHeaderBytes + addCallHeaders(headers, head);
    if (bytes > this.#maxRequestHeaderBytes)
      return new EndedStream(sink, headersTooLarge(bytes, this.#address, this.#maxRequestHeaderBytes));
    let h2: http2.ClientHttp2Stream;
    try {
      h2 = this.#session.request(headers, { endStream: false });
    } catch (thrown) {
      // The session ended in this very tick, its events are on the way. Anything else is a fault of the request.
      if (isGone(thrown)) return undefined;
      throw thrown;
    }
    const stream = new NodeHttp2Stream(this, h2, sink, head.compression === "gzip");
    this.#streams++;
    // An idle connection does not keep the process running; a call does.
    if (head.isBackground === true) this.#background.add(stream);
    else if (this.openCalls === 1) this.#session.ref();
    if (h2.id !== undefined && h2.id >= RETIRE_AT_STREAM_ID) this.#retire();
    return stream;
  }

  #retire(): void {
    this.#acceptsStreams = false;
    // After `open` has returned: its caller does not expect a change of state in between.
    queueMicrotask(() => {
      if (!this.#closed) this.#listener.onGoaway(NO_IDS_LEFT);
    });
  }

  drain(): void {
    this.#acceptsStreams = false;
    if (this.#streams === 0) this.#session.close();
  }

  destroy(error: Error): void {
    this.#acceptsStreams = false;
    this.#error ??= error;
    this.#session.destroy();
    // The session only ends its socket, which waits for a peer that does not answer: two minutes for a dropped SYN.
    this.#socket.destroy();
  }

  streamDidClose(stream: Stream): void {
    const hadRoom = this.hasRoom;
    this.#streams--;
    this.#background.delete(stream);
    if (this.#session.destroyed) return;
    if (this.openCalls === 0) this.#session.unref();
    if (this.#streams === 0 && !this.#acceptsStreams) this.#session.close();
    if (!hadRoom && this.hasRoom) this.#listener.onRoom();
  }

  lossOf(streamId: number | undefined, cause: Error | undefined): StreamEnd | undefined {
    if (streamId === undefined)
      return this.#lost("the connection ended before the request was sent", "not-sent", cause);
    if (streamId > this.#lastStreamId)
      return this.#lost("the server has sent GOAWAY and not processed the request", "refused", cause);
    // A killed peer: node:http2 ends each stream with code 8 and no error, as if this side had cancelled.
    return this.#session.destroyed ? this.#lost("the connection was lost", "maybe-processed", cause) : undefined;
  }

  #lost(what: string, processing: StreamEnd["processing"], cause: Error | undefined): StreamEnd {
    const reason = this.#error ?? this.#goawayError() ?? cause;
    const known = reason === undefined ? this.#address : this.#named(reason).message;
    return broken(Status.unavailable, `${what} (${known})`, processing);
  }

  /** The peer's GOAWAY is more precise than node:http2's "Session closed with error code 2". */
  #goawayError(): Error | undefined {
    return this.#goaway === undefined ? undefined : new Error(`${this.#address} sent ${describeGoaway(this.#goaway)}`);
  }

  #named(error: Error): Error {
    return namedError(error, this.#address);
  }

  #watch(session: http2.ClientHttp2Session): void {
    session.on("error", (error: Error) => {
      this.#error ??= this.#goaway?.errorCode ? this.#goawayError() : this.#named(error);
    });
    session.on("remoteSettings", (settings) => {
      const hadRoom = this.hasRoom;
      this.#peerSettings = {
        maxConcurrentStreams: settings.maxConcurrentStreams ?? UNLIMITED,
        maxHeaderListBytes: settings.maxHeaderListSize ?? UNLIMITED,
      };
      this.#maxRequestHeaderBytes = Math.min(MAX_HEADER_LIST_BYTES, this.#peerSettings.maxHeaderListBytes);
      if (this.#connectTimer !== undefined) this.#didBecomeReady();
      else if (!hadRoom && this.hasRoom) this.#listener.onRoom();
    });
    session.on("goaway", (errorCode: number, lastStreamId: number, debug?: Uint8Array) => {
      this.#acceptsStreams = false;
      this.#lastStreamId = Math.min(this.#lastStreamId, lastStreamId);
      this.#goaway = {
        errorCode,
        lastStreamId,
        debug: debug === undefined ? "" : oneLine(Buffer.from(debug).toString()),
      };
      this.#listener.onGoaway(this.#goaway);
    });
    session.on("close", () => this.#didClose());
  }

  #didBecomeReady(): void {
    this.#connectTimer?.cancel();
    this.#connectTimer = undefined;
    if (this.#closed || this.#session.destroyed) return;
    this.#session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    this.#session.unref();
    this.#acceptsStreams = true;
    this.#listener.onReady();
  }

  #didClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    const wasReady = this.#connectTimer === undefined;
    this.#connectTimer?.cancel();
    const drained = wasReady && this.#error === undefined && !this.#acceptsStreams;
    this.#acceptsStreams = false;
    this.#listener.onClose(drained ? undefined : (this.#error ?? new Error(`${this.#address} closed the connection`)));
  }
}

/** What node:http2 throws when a session takes no more requests. */
function isGone(thrown: unknown): boolean {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return code === "ERR_HTTP2_GOAWAY_SESSION" || code === "ERR_HTTP2_INVALID_SESSION";
}
