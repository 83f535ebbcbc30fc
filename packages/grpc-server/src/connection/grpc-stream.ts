/**
 * One call on an HTTP/2 stream: the listener of the stream, and what the call sends by. In: DATA, END_STREAM, RST_STREAM; headers,
 * messages and a status. Out: requests, whole and inflated, to the call; HEADERS, DATA and trailers to the stream.
 */

import type { ChannelError } from "@agent-team/grpc-client";
import { type MessageListener, MessageReader, PREFIX_BYTES, writePrefix } from "@agent-team/grpc-client/for-servers";
import { ErrorCode, type Http2Stream, type PreparedFields, type StreamListener } from "@agent-team/http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { RequestMetadata } from "../request-metadata.ts";
import type { ConnectionInfo, Field, IncomingCall, WireCall } from "../wire.ts";
import type { CallHead } from "./call-head.ts";
import { gzipOf, withGzip } from "./gzip-answer.ts";
import { RequestQueue } from "./request-queue.ts";

const NO_FIELDS: readonly Field[] = [];

/** Of the message that is being sent. */
const PREFIX = Buffer.alloc(PREFIX_BYTES);

/** What a stream needs of its connection. */
export interface StreamOwner {
  readonly maxReceiveMessageBytes: number;
  readonly now: () => number;
  /** What each response begins with. */
  readonly head: PreparedFields;
  /** `grpc-status: 0`. */
  readonly ok: PreparedFields;
  connectionInfo(): ConnectionInfo;
  peerCertificate(): Uint8Array | undefined;
  /** The code of the call threw. The stream has been reset. */
  didThrow(path: string, thrown: unknown): void;
}

export class GrpcStream implements WireCall, StreamListener, MessageListener {
  readonly deadlineMs: number;
  readonly #head: CallHead;
  readonly #stream: Http2Stream;
  readonly #owner: StreamOwner;
  readonly #reader: MessageReader;
  #queue: RequestQueue | undefined;
  #call: IncomingCall | undefined;
  #request: Uint8Array | undefined;
  #headersAreSent = false;
  #isEnded = false;
  #onWritable: (() => void) | undefined;

  constructor(head: CallHead, stream: Http2Stream, owner: StreamOwner) {
    this.#head = head;
    this.#stream = stream;
    this.#owner = owner;
    this.#reader = new MessageReader(owner.maxReceiveMessageBytes, this);
    this.#reader.encoding = head.encoding;
    this.deadlineMs = head.timeoutMs === Number.POSITIVE_INFINITY ? head.timeoutMs : owner.now() + head.timeoutMs;
  }

  /** Hands the call on. */
  start(): void {
    try {
      this.#call = this.#head.route.start(this);
    } catch (thrown) {
      this.#break(thrown);
    }
  }

  // --- WireCall

  get path(): string {
    return this.#head.path;
  }

  get protocolName(): string {
    return "grpc";
  }

  get authority(): string {
    return this.#head.authority;
  }

  get metadata(): RequestMetadata {
    return this.#head.metadata;
  }

  get requests(): RequestQueue {
    this.#queue ??= new RequestQueue(this.#stream);
    return this.#queue;
  }

  connectionInfo(): ConnectionInfo {
    return this.#owner.connectionInfo();
  }

  peerCertificate(): Uint8Array | undefined {
    return this.#owner.peerCertificate();
  }

  sendHeaders(fields: readonly Field[]): void {
    if (this.#headersAreSent || this.#isEnded) return;
    this.#headersAreSent = true;
    this.#stream.respond(this.#head.compressesAnswers ? withGzip(fields) : fields, this.#owner.head, false);
  }

  send(message: Uint8Array): boolean {
    if (this.#isEnded) return true;
    this.sendHeaders(NO_FIELDS);
    const gzip = this.#head.compressesAnswers ? gzipOf(message) : undefined;
    if (gzip !== undefined) {
      writePrefix(PREFIX, gzip.length, true);
      return this.#stream.sendPrefixed(PREFIX, gzip, false);
    }
    writePrefix(PREFIX, message.length, false);
    return this.#stream.sendPrefixed(PREFIX, message, false);
  }

  writable(): Promise<void> {
    if (this.#isEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onWritable = resolve;
    });
  }

  finish(trailers: readonly Field[]): void {
    if (this.#isEnded) return;
    this.sendHeaders(NO_FIELDS);
    this.#stream.sendTrailers(trailers, this.#owner.ok);
    this.#end();
  }

  fail(status: readonly Field[], { atOnce }: { readonly atOnce: boolean }): void {
    if (this.#isEnded) return;
    if (atOnce) this.#stream.discard();
    // "Trailers-Only" without headers before.
    if (this.#headersAreSent) this.#stream.sendTrailers(status, undefined);
    else this.#stream.respond(status, this.#owner.head, true);
    this.#end();
  }

  // --- StreamListener

  onHeaders(): void {}

  onData(bytes: Buffer, start: number, end: number): void {
    if (this.#isEnded) return;
    try {
      const error = this.#reader.push(bytes, start, end);
      if (error !== undefined) this.#refuse(error);
    } catch (thrown) {
      this.#break(thrown);
    }
  }

  onTrailers(): void {}

  onEnd(): void {
    if (this.#isEnded) return;
    try {
      this.#didEndRequest();
    } catch (thrown) {
      this.#break(thrown);
    }
  }

  onAbort(): void {
    if (this.#isEnded) return;
    try {
      this.#call?.didCancel();
      this.#end();
    } catch (thrown) {
      this.#break(thrown);
    }
  }

  onDrain(): void {
    this.#wake();
  }

  // --- MessageListener

  onMessage(message: Uint8Array): void {
    if (this.#isEnded) return;
    if (this.#head.route.streamsRequests) return this.requests.push(message);
    if (this.#request === undefined) this.#request = message;
    else this.#refuse(new ConnectError("expected one request, got several", Code.Unimplemented));
  }

  #didEndRequest(): void {
    if (!this.#reader.atBoundary)
      return this.#refuse(new ConnectError("the request ends within a message", Code.Internal));
    if (this.#head.route.streamsRequests) return this.requests.end();
    if (this.#request === undefined)
      return this.#refuse(new ConnectError("expected one request, got none", Code.Unimplemented));
    const request = this.#request;
    this.#request = undefined;
    this.#call?.didReceiveRequest(request);
  }

  #refuse(error: ChannelError | ConnectError): void {
    const { rawMessage, code } = error;
    this.#call?.fail(new ConnectError(rawMessage, Number(code) as Code));
  }

  /** The call's code threw. It must not end the connection, on which others' calls are. */
  #break(thrown: unknown): void {
    this.#stream.reset(ErrorCode.internalError);
    this.#end();
    this.#owner.didThrow(this.path, thrown);
  }

  #end(): void {
    this.#isEnded = true;
    this.#request = undefined;
    // An error costs its stack: most calls have no queue.
    if (this.#queue !== undefined) this.#queue.fail(new ConnectError("the call has ended", Code.Canceled));
    if (this.#onWritable !== undefined) this.#wake();
  }

  #wake(): void {
    const wake = this.#onWritable;
    this.#onWritable = undefined;
    wake?.();
  }
}
