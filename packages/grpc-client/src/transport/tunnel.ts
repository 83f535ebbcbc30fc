/**
 * A connection through an HTTP proxy. In: a socket to the proxy, and the address behind it. Out: the connection over the tunnel that the
 * proxy has opened. Until then it takes no streams; a proxy that refuses, hangs or is no proxy ends it with an error that names it.
 *
 *   connecting ──CONNECT──► asking ──2xx──► tunnelled: everything is passed to the HTTP/2 connection
 *        └────────────────────┴── refused, broken, too late ──► closed
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { oneLine } from "../one-line.ts";
import { type HttpProxy, proxyAddress } from "../proxy.ts";
import type { Stream, StreamHead, StreamSink } from "../stream.ts";
import type { Connection, ConnectionListener, PeerSettings } from "../transport.ts";
import type { Socket } from "./socket-factory.ts";

/** A proxy's answer has some hundred bytes; node:http takes as much. */
const MAX_ANSWER_BYTES = 16_384;

const END_OF_HEADERS = "\r\n\r\n";

/** RFC 9113 6.5.2: "The initial value of this setting is unlimited", of both. */
const UNKNOWN_SETTINGS: PeerSettings = { maxConcurrentStreams: 0xffff_ffff, maxHeaderListBytes: 0xffff_ffff };

export interface TunnelParts {
  readonly proxy: HttpProxy;
  /** `host:port` behind the proxy. */
  readonly address: string;
  /** Connects to the proxy. */
  readonly socket: Socket;
  readonly clock: Clock;
  /** Over the tunnel and what is made on it. */
  readonly connectTimeoutMs: number;
  /** Makes the connection on the socket, which has reached the address and is paused. */
  readonly connect: (socket: Socket, remainingMs: number) => Connection;
}

export class TunnelledConnection implements Connection {
  readonly #parts: TunnelParts;
  readonly #listener: ConnectionListener;
  readonly #startedMs: number;
  readonly #timer: Timer;
  #answer = Buffer.alloc(0);
  #error: Error | undefined;
  #isDrained = false;
  #isClosed = false;
  #inner: Connection | undefined;

  constructor(parts: TunnelParts, listener: ConnectionListener) {
    const { socket, clock, connectTimeoutMs, proxy, address } = parts;
    this.#parts = parts;
    this.#listener = listener;
    this.#startedMs = clock.now();
    this.#timer = setPeerTimer(clock, connectTimeoutMs, () => {
      this.destroy(new Error(`${this.#proxyName()} did not answer CONNECT ${address} within ${connectTimeoutMs} ms`));
      // Calls whose deadline is this instant get the reason.
      this.#onClose();
    });
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
    socket.on("data", this.#onData);
    socket.write(connectRequest(proxy, address));
  }

  get peerSettings(): PeerSettings {
    return this.#inner?.peerSettings ?? UNKNOWN_SETTINGS;
  }

  get lastReceivedMs(): number {
    return this.#inner?.lastReceivedMs ?? this.#startedMs;
  }

  get openStreams(): number {
    return this.#inner?.openStreams ?? 0;
  }

  get openCalls(): number {
    return this.#inner?.openCalls ?? 0;
  }

  get responses(): number {
    return this.#inner?.responses ?? 0;
  }

  get hasRoom(): boolean {
    return this.#inner?.hasRoom ?? false;
  }

  open(head: StreamHead, sink: StreamSink): Stream | undefined {
    return this.#inner?.open(head, sink);
  }

  ping(onAck: (roundTripMs: number) => void): boolean {
    return this.#inner?.ping(onAck) ?? false;
  }

  drain(): void {
    if (this.#inner !== undefined) return this.#inner.drain();
    this.#isDrained = true;
    this.#parts.socket.destroy();
  }

  destroy(error: Error): void {
    if (this.#inner !== undefined) return this.#inner.destroy(error);
    this.#error ??= error;
    this.#parts.socket.destroy();
  }

  readonly #onError = (error: Error): void => {
    this.#error ??= new Error(`${this.#proxyName()}: ${oneLine(error.message)}`, { cause: error });
  };

  readonly #onClose = (): void => {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer.cancel();
    const closed = new Error(`${this.#proxyName()} closed the connection before it answered`);
    this.#listener.onClose(this.#isDrained ? undefined : (this.#error ?? closed));
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#answer = Buffer.concat([this.#answer, chunk]);
    const end = this.#answer.indexOf(END_OF_HEADERS);
    if (end >= 0) return this.#didAnswer(this.#answer.toString("latin1", 0, end), end + END_OF_HEADERS.length);
    if (this.#answer.length > MAX_ANSWER_BYTES || !isHttp(this.#answer)) this.#refuse("an answer that is not HTTP/1.1");
  };

  #didAnswer(headers: string, bytes: number): void {
    const [, status, reason = ""] = /^HTTP\/1\.[01] (\d{3})(?: (.*))?(?:\r|$)/.exec(headers) ?? [];
    if (status === undefined) return this.#refuse("an answer that is not HTTP/1.1");
    // RFC 9110 9.3.6: "Any 2xx (Successful) response indicates that the sender (and all inbound proxies) will switch to tunnel mode".
    if (!status.startsWith("2")) return this.#refuse(`HTTP ${status} ${reason}`);
    this.#hand(this.#answer.subarray(bytes));
  }

  #refuse(answer: string): void {
    this.destroy(new Error(`${this.#proxyName()} answered CONNECT ${this.#parts.address} with ${oneLine(answer)}`));
  }

  /** `rest`: bytes behind the proxy's answer, which the server has sent. */
  #hand(rest: Buffer): void {
    const { socket, clock, connectTimeoutMs, connect } = this.#parts;
    this.#timer.cancel();
    socket.off("data", this.#onData);
    socket.off("close", this.#onClose);
    socket.pause();
    if (rest.length > 0) socket.unshift(rest);
    this.#inner = connect(socket, Math.max(0, connectTimeoutMs - (clock.now() - this.#startedMs)));
    socket.off("error", this.#onError);
  }

  #proxyName(): string {
    return `the proxy ${proxyAddress(this.#parts.proxy)}`;
  }
}

/** RFC 9110 9.3.6. */
function connectRequest({ authorization }: HttpProxy, address: string): string {
  const credentials = authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  return `CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n${credentials}\r\n`;
}

/** Whether the bytes can be the beginning of an answer. */
function isHttp(answer: Buffer): boolean {
  const expected = "HTTP/1.";
  const length = Math.min(answer.length, expected.length);
  return answer.toString("latin1", 0, length) === expected.slice(0, length);
}
