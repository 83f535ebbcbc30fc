/**
 * One connection of a gRPC server. In: a socket, and the steps of the connection's end. Out: calls, to the routes; limits that the client
 * has reached.
 */

import type { Socket } from "node:net";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import {
  Http2Error,
  type Http2Stream,
  type PreparedFields,
  type RequestHead,
  ServerConnection,
  type ServerLimit,
  type ServerListener,
  type StreamListener,
} from "@agent-team/http2";
import type { LimitCounts } from "../limits.ts";
import type { AnswerWeb } from "../web-request.ts";
import type { ConnectionInfo, Route } from "../wire.ts";
import { type Answer, type CallHead, RESPONSE_FIELDS, readCallHead, type WebHead } from "./call-head.ts";
import type { Connection } from "./connection.ts";
import { GrpcStream, type StreamOwner } from "./grpc-stream.ts";
import { WebStream } from "./web-stream.ts";

/** Request metadata of one call, as RFC 9113 6.5.2 counts it: names, values, and 32 bytes a field. */
export const MAX_REQUEST_HEADER_BYTES: number = 16 * 1024;

/** From the accepted connection to the client's SETTINGS. Our own clients give up after 3 s. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Time for a client to answer the PING behind the first GOAWAY. Then the second one follows. */
const GOAWAY_MS = 1_000;

/** What the connections of one server share. */
export interface ConnectionEnvironment {
  readonly clock: Clock;
  readonly routes: ReadonlyMap<string, Route>;
  readonly maxReceiveMessageBytes: number;
  readonly limits: LimitCounts;
  /** Open streams of one connection. Default 4,096. */
  readonly maxConcurrentStreams?: number | undefined;
  /** Answers requests that are no gRPC calls. Undefined: they are refused, and the port is HTTP/2 alone. */
  readonly answerWeb?: AnswerWeb | undefined;
  /** Whether answers are compressed for clients that read gzip. Default false. */
  readonly compressesAnswers?: boolean | undefined;
  /** The code of a call threw. Its stream has been reset. */
  readonly onDefect: (path: string, thrown: unknown) => void;
}

/** The listener of a stream that has been answered. */
const ANSWERED: StreamListener = {
  onHeaders() {},
  onData() {},
  onTrailers() {},
  onEnd() {},
  onAbort() {},
  onDrain() {},
};

export class GrpcConnection implements Connection, ServerListener, StreamOwner {
  readonly maxReceiveMessageBytes: number;
  readonly now: () => number;
  readonly head: PreparedFields;
  readonly ok: PreparedFields;
  readonly peerCertificate: () => Uint8Array | undefined;
  readonly #environment: ConnectionEnvironment;
  readonly #socket: Socket;
  readonly #h2: ServerConnection;
  readonly #onClose: () => void;
  #handshake: Timer | undefined;
  #goaway: Timer | undefined;
  #isReady = false;
  /** The call that was last read: a client's heads are mostly the same, and HTTP/2 gives equal ones as one object. */
  #lastHead: RequestHead | undefined;
  #lastCall: CallHead | WebHead | undefined;

  /** `peerCertificate`: of the client, in DER, if it was verified. `onClose` is called once. */
  constructor(
    socket: Socket,
    environment: ConnectionEnvironment,
    peerCertificate: () => Uint8Array | undefined,
    onClose: () => void,
  ) {
    const { clock, maxReceiveMessageBytes } = environment;
    this.#environment = environment;
    this.#onClose = onClose;
    this.maxReceiveMessageBytes = maxReceiveMessageBytes;
    this.peerCertificate = peerCertificate;
    this.now = () => clock.now();
    const { maxConcurrentStreams } = environment;
    const limits = { maxHeaderListBytes: MAX_REQUEST_HEADER_BYTES, maxConcurrentStreams };
    this.#socket = socket;
    this.#h2 = new ServerConnection(socket, { now: this.now, ...limits }, this);
    this.head = this.#h2.prepare(RESPONSE_FIELDS);
    this.ok = this.#h2.prepare([["grpc-status", "0"]]);
    this.#handshake = setPeerTimer(clock, HANDSHAKE_TIMEOUT_MS, () => this.#didNotSpeak(), { unref: true });
  }

  /** Calls now. */
  get openStreams(): number {
    return this.#h2.openStreams;
  }

  /** Header blocks and DATA frames until now. */
  get received(): number {
    return this.#h2.responses;
  }

  /** The client has sent its SETTINGS. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /**
   * Announces the end: the client opens no new streams, and those that are open or under way are served. The connection closes after the
   * last one. A client that has not sent its SETTINGS loses the connection.
   */
  goAway(debug = ""): void {
    if (this.#goaway !== undefined) return;
    if (!this.#isReady) return this.#h2.close();
    this.#h2.goAway(debug);
    // A call that waits in the socket of a blocked process came before the end.
    this.#goaway = setPeerTimer(this.#environment.clock, GOAWAY_MS, () => this.#h2.close(), { unref: true });
  }

  /** Ends a connection that gets no calls. */
  refuse(errorCode: number, reason: string): void {
    this.#h2.fail(new Http2Error(errorCode, reason));
  }

  destroy(): void {
    this.#h2.destroy();
  }

  /** Asks the client for a sign of life. False: it has not answered enough earlier ones, or the connection has ended. */
  ping(onAck: () => void): boolean {
    return this.#h2.ping(onAck);
  }

  connectionInfo(): ConnectionInfo {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#socket;
    return { localAddress, localPort, remoteAddress, remotePort };
  }

  // --- ServerListener

  onRequest(stream: Http2Stream, head: RequestHead): StreamListener {
    const call = this.#read(head);
    if (call.kind === "answer") {
      stream.respond(call.fields, undefined, true);
      return ANSWERED;
    }
    if (call.kind === "web") return this.#answerWeb(stream, head);
    const served = new GrpcStream(call, stream, this);
    served.start();
    return served;
  }

  onLimit(limit: ServerLimit): void {
    this.#environment.limits.didReach(limit);
  }

  onSettings(): void {
    this.#isReady = true;
    this.#handshake?.cancel();
    this.#handshake = undefined;
  }

  onStreamClose(): void {}

  onGoaway(): void {}

  onClose(): void {
    this.#handshake?.cancel();
    this.#goaway?.cancel();
    this.#onClose();
  }

  // --- StreamOwner

  didThrow(path: string, thrown: unknown): void {
    this.#environment.onDefect(path, thrown);
  }

  #read(head: RequestHead): CallHead | WebHead | Answer {
    if (head === this.#lastHead) return this.#lastCall as CallHead | WebHead;
    const { routes, answerWeb, compressesAnswers = false } = this.#environment;
    const call = readCallHead(head, routes, { servesWeb: answerWeb !== undefined, compressesAnswers });
    // An answer is not kept: a service may be added.
    if (call.kind === "answer") return call;
    this.#lastHead = head;
    this.#lastCall = call;
    return call;
  }

  #answerWeb(stream: Http2Stream, head: RequestHead): StreamListener {
    const { peerCertificate } = this;
    const answerWeb = this.#environment.answerWeb as AnswerWeb;
    const web = new WebStream(stream, {
      answerWeb,
      peerCertificate,
      didThrow: (path, thrown) => this.didThrow(path, thrown),
    });
    void web.answer(head);
    return web;
  }

  #didNotSpeak(): void {
    this.#environment.limits.didReach("handshake");
    this.#h2.destroy(new Error(`no SETTINGS within ${HANDSHAKE_TIMEOUT_MS} ms`));
  }
}
