/** A unary call for Connect. Its one promise is made here; the channel works with callbacks. */

import type { DescMessage, DescMethodUnary, DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { UnaryResponse } from "@connectrpc/connect";
import type { CallSink, ClientCall } from "../client-call.ts";
import type { Channel } from "../client-channel.ts";
import type { ChannelError } from "../errors.ts";
import { Metadata } from "../metadata.ts";
import { decode, headersOf, metadataOf, methodOf } from "./connect-codec.ts";
import { abortedError, toConnectError } from "./connect-error.ts";
import { encodeMessage } from "./message-encoder.ts";

export function callUnary<I extends DescMessage, O extends DescMessage>(
  channel: Pick<Channel, "call">,
  method: DescMethodUnary<I, O>,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  header: HeadersInit | undefined,
  input: MessageInitShape<I>,
): Promise<UnaryResponse<I, O>> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortedError(signal));
    try {
      const message = encodeMessage(method.input, input);
      const sink = new UnarySink(method, signal, resolve, reject);
      const call = channel.call(methodOf(method), { metadata: metadataOf(header), timeoutMs }, sink);
      sink.begin(call);
      call.send(message, true);
      call.start();
    } catch (notSendable) {
      reject(toConnectError(notSendable));
    }
  });
}

class UnarySink<I extends DescMessage, O extends DescMessage> implements CallSink {
  readonly #method: DescMethodUnary<I, O>;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (response: UnaryResponse<I, O>) => void;
  readonly #reject: (error: unknown) => void;
  #call: ClientCall | undefined;
  #headers: Metadata = Metadata.empty;
  #message: Uint8Array | undefined;

  constructor(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal | undefined,
    resolve: (response: UnaryResponse<I, O>) => void,
    reject: (error: unknown) => void,
  ) {
    this.#method = method;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(call: ClientCall): void {
    this.#call = call;
    this.#signal?.addEventListener("abort", this.#onAbort);
  }

  onHeaders(metadata: Metadata): void {
    this.#headers = metadata;
  }

  onMessage(message: Uint8Array): void {
    this.#message = message;
  }

  onDrain(): void {}

  onEnd(error: ChannelError | undefined, trailers: Metadata): void {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    if (error !== undefined)
      return this.#reject(this.#signal?.aborted === true ? abortedError(this.#signal) : toConnectError(error));
    try {
      const message = decode(this.#method.output, this.#message as Uint8Array);
      this.#resolve(new UnaryAnswer(this.#method, message, this.#headers, trailers));
    } catch (notDecoded) {
      this.#reject(notDecoded);
    }
  }

  readonly #onAbort = (): void => this.#call?.cancel();
}

/** `Headers` cost more than the rest of the answer, and few callers read them: they are made when read. */
class UnaryAnswer<I extends DescMessage, O extends DescMessage> implements UnaryResponse<I, O> {
  readonly stream = false;
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<O>;
  readonly #headers: Metadata;
  readonly #trailers: Metadata;
  #header: Headers | undefined;
  #trailer: Headers | undefined;

  constructor(method: DescMethodUnary<I, O>, message: MessageShape<O>, headers: Metadata, trailers: Metadata) {
    this.method = method;
    this.message = message;
    this.#headers = headers;
    this.#trailers = trailers;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get header(): Headers {
    this.#header ??= headersOf(this.#headers);
    return this.#header;
  }

  get trailer(): Headers {
    this.#trailer ??= headersOf(this.#trailers);
    return this.#trailer;
  }
}
