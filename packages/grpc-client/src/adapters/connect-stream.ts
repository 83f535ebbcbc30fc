/** The three kinds of streaming calls for Connect. Messages that the caller has not read hold the server back. */

import type { DescMessage, DescMethodStreaming, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { StreamResponse } from "@connectrpc/connect";
import type { CallSink, ClientCall } from "../client-call.ts";
import type { Channel } from "../client-channel.ts";
import type { ChannelError } from "../errors.ts";
import type { Metadata } from "../metadata.ts";
import { decode, headersOf, metadataOf, methodOf } from "./connect-codec.ts";
import { abortedError, toConnectError } from "./connect-error.ts";
import { forgetReader, type ReadableSink, Reader, watchedReader } from "./connect-reader.ts";
import type { Resumption } from "./connect-resume.ts";
import { InputReader, type SendingSink, sendAll } from "./connect-send.ts";

/** Messages are decoded when they are read, so the queue holds bytes: enough for one turn of the loop, little for a slow reader. */
const PAUSE_AT_BYTES = 64 * 1_024;

/** Resolves with the response headers, or rejects with the status of a call that ended before them. */
export function callStream<I extends DescMessage, O extends DescMessage>(
  channel: Pick<Channel, "call">,
  method: DescMethodStreaming<I, O>,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: HeadersInit | undefined,
  input: AsyncIterable<MessageInitShape<I>>,
  resumption: Resumption | undefined,
): Promise<StreamResponse<I, O>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortedError(signal));
    try {
      const sink = new StreamSink(method, signal, { resolve, reject }, resumption);
      const options = { metadata: metadataOf(header), timeoutMs, resume: resumption?.resume };
      const call = channel.call(methodOf(method), options, sink);
      const reader = new InputReader<MessageInitShape<I>>(input, resumption);
      sink.begin(call, reader);
      void sendAll(call, sink, method.input, method.methodKind === "server_streaming", reader);
    } catch (notSendable) {
      reject(toConnectError(notSendable));
    }
  });
}

/** Settles the promise of the response. */
interface Responder<I extends DescMessage, O extends DescMessage> {
  readonly resolve: (response: StreamResponse<I, O>) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The response of a call until it is read. The call holds it, and it holds no reader (`connect-reader.ts`) and not the
 * promise of the response, which leads to one: a reader that the caller has dropped can then be collected.
 */
class StreamSink<I extends DescMessage, O extends DescMessage>
  implements CallSink, SendingSink, ReadableSink<MessageShape<O>>
{
  readonly #method: DescMethodStreaming<I, O>;
  readonly #signal: AbortSignal | undefined;
  readonly #resumption: Resumption | undefined;
  /** Undefined once the response, or the error in its place, has been handed over. */
  #responder: Responder<I, O> | undefined;
  readonly #trailer = new Headers();
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #call: ClientCall | undefined;
  #input: InputReader<MessageInitShape<I>> | undefined;
  #paused = false;
  #end: { readonly error: unknown } | undefined;
  /** Reads that came before their messages. One, unless a caller reads again before its read is answered. */
  readonly #readers: PromiseWithResolvers<IteratorResult<MessageShape<O>>>[] = [];
  #writer: PromiseWithResolvers<void> | undefined;

  constructor(
    method: DescMethodStreaming<I, O>,
    signal: AbortSignal | undefined,
    responder: Responder<I, O>,
    resumption: Resumption | undefined,
  ) {
    this.#resumption = resumption;
    this.#method = method;
    this.#signal = signal;
    this.#responder = responder;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  begin(call: ClientCall, input: InputReader<MessageInitShape<I>>): void {
    this.#call = call;
    this.#input = input;
    this.#signal?.addEventListener("abort", this.#onAbort);
  }

  drained(): Promise<void> {
    if (this.ended) return Promise.resolve();
    this.#writer ??= Promise.withResolvers<void>();
    return this.#writer.promise;
  }

  fail(error: unknown): void {
    this.#finish(error);
    this.#call?.cancel();
  }

  onHeaders(metadata: Metadata): void {
    this.#respond(headersOf(metadata));
  }

  onMessage(bytes: Uint8Array): void {
    if (this.#resumption !== undefined && !this.#note(bytes, this.#resumption)) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) return this.#deliver(reader, bytes);
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (this.#paused || this.#queuedBytes < PAUSE_AT_BYTES) return;
    this.#paused = true;
    this.#call?.pause();
  }

  onDrain(): void {
    this.#writer?.resolve();
    this.#writer = undefined;
  }

  onEnd(error: ChannelError | undefined, trailers: Metadata): void {
    trailers.forEach((name, value) => this.#trailer.append(name, value));
    if (error === undefined) return this.#finish(undefined);
    this.#finish(this.#signal?.aborted === true ? abortedError(this.#signal) : toConnectError(error));
  }

  read(): Promise<IteratorResult<MessageShape<O>>> {
    const bytes = this.#queue.shift();
    if (bytes !== undefined) return this.#takeQueued(bytes);
    const reader = Promise.withResolvers<IteratorResult<MessageShape<O>>>();
    if (this.#end !== undefined) this.#settle(reader, this.#end.error);
    else this.#readers.push(reader);
    return reader.promise;
  }

  leave(): void {
    this.#queue.length = 0;
    this.#finish(undefined);
    this.#call?.cancel("the caller stopped reading");
  }

  /** False: the bytes are no message, or the trait threw, and the call has ended. */
  #note(bytes: Uint8Array, resumption: Resumption): boolean {
    try {
      resumption.didReceive(bytes);
      return true;
    } catch (error) {
      this.fail(toConnectError(error));
      return false;
    }
  }

  /** Without the functions that settle a promise: nearly every message of a fast server comes this way. */
  #takeQueued(bytes: Uint8Array): Promise<IteratorResult<MessageShape<O>>> {
    this.#queuedBytes -= bytes.length;
    let value: MessageShape<O>;
    try {
      value = decode(this.#method.output, bytes);
    } catch (error) {
      this.fail(error);
      return Promise.reject(error as Error);
    }
    if (this.#paused && this.#queuedBytes < PAUSE_AT_BYTES / 2) {
      this.#paused = false;
      this.#call?.resume();
    }
    return Promise.resolve({ done: false, value });
  }

  #deliver(reader: PromiseWithResolvers<IteratorResult<MessageShape<O>>>, bytes: Uint8Array): void {
    try {
      reader.resolve({ done: false, value: decode(this.#method.output, bytes) });
    } catch (error) {
      reader.reject(error);
      this.fail(error);
    }
  }

  #finish(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.onDrain();
    this.#input?.leave();
    forgetReader(this);
    // A call may end well without a message and even without headers (a trailers-only OK).
    if (error === undefined) this.#respond(new Headers());
    else this.#takeResponder()?.reject(error);
    for (const reader of this.#readers.splice(0)) this.#settle(reader, error);
  }

  #respond(header: Headers): void {
    const responder = this.#takeResponder();
    if (responder === undefined) return;
    const { parent: service } = this.#method;
    const message = this.ended ? new Reader(this) : watchedReader(this);
    responder.resolve({ stream: true, service, method: this.#method, header, trailer: this.#trailer, message });
  }

  #takeResponder(): Responder<I, O> | undefined {
    const responder = this.#responder;
    this.#responder = undefined;
    return responder;
  }

  #settle(reader: PromiseWithResolvers<IteratorResult<MessageShape<O>>>, error: unknown): void {
    if (error === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(error);
  }

  readonly #onAbort = (): void => this.#call?.cancel();
}
