/**
 * One call of gRPC-Web or Connect, as `call/` sees it. Connect's handler of the method reads the request and writes the answer; between
 * them stands this call, so that its deadline, its limits, its identity, its status and the drain are those of every call of the server.
 *
 *   Connect's handler ──── request ───► WebCall ───► Route.start: ServedCall
 *   Connect's handler ◄─── messages ─── WebCall ◄─── headers, messages, status
 */

import { Code, ConnectError, type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import { mergeNonProtocolHeaders } from "@connectrpc/connect/protocol";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { RequestMetadata } from "../request-metadata.ts";
import type { Field, IncomingCall, Route, WireCall } from "../wire.ts";

/** Bytes of messages that wait for the client before the handler is asked to wait: as of a stream of HTTP/2. */
const HIGH_WATER_BYTES = 65_536;

/** What Connect's context of a call does not have. */
export interface WebCallFacts {
  readonly path: string;
  readonly authority: string;
  /** On the scale of `Clock.now`; Infinity without one. */
  readonly deadlineMs: number;
  peerCertificate(): Uint8Array | undefined;
}

const NO_FACTS: WebCallFacts = {
  path: "",
  authority: "",
  deadlineMs: Number.POSITIVE_INFINITY,
  peerCertificate: () => undefined,
};

/** Under it `answerWeb` hands the facts on. */
export const webCallFactsKey: ContextKey<WebCallFacts> = createContextKey(NO_FACTS, {
  description: "the facts of a call from the web",
});

type End = { readonly error: ConnectError | undefined };

export class WebCall implements WireCall {
  readonly path: string;
  readonly authority: string;
  readonly deadlineMs: number;
  readonly protocolName: string;
  readonly metadata: RequestMetadata;
  readonly requests: AsyncIterable<Uint8Array>;
  readonly #context: HandlerContext;
  readonly #facts: WebCallFacts;
  readonly #messages: Uint8Array[] = [];
  #bytes = 0;
  #incoming: IncomingCall | undefined;
  #end: End | undefined;
  #onChange: () => void = () => {};
  #onWritable: () => void = () => {};

  constructor(context: HandlerContext, requests: AsyncIterable<Uint8Array>) {
    const facts = context.values.get(webCallFactsKey);
    this.path = facts.path;
    this.authority = facts.authority;
    this.deadlineMs = facts.deadlineMs;
    this.protocolName = context.protocolName;
    this.metadata = metadataOf(context.requestHeader);
    this.requests = requests;
    this.#context = context;
    this.#facts = facts;
  }

  /** Hands the call on, with its one request unless it has a stream of them. */
  start(route: Route, request: Uint8Array | undefined): void {
    const { signal } = this.#context;
    signal.addEventListener("abort", () => this.#didCancel(), { once: true });
    this.#incoming = route.start(this);
    if (request !== undefined) this.#incoming.didReceiveRequest(request);
    if (signal.aborted) this.#didCancel();
  }

  /** What the call sends, until its end. Throws the status of a call that fails. */
  async *responses(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const message = this.#messages.shift();
        if (message !== undefined) yield this.#taken(message);
        else if (this.#end === undefined) await this.#change();
        else if (this.#end.error === undefined) return;
        else throw this.#end.error;
      }
    } finally {
      this.#didCancel();
    }
  }

  // --- WireCall

  connectionInfo(): undefined {}

  peerCertificate(): Uint8Array | undefined {
    return this.#facts.peerCertificate();
  }

  sendHeaders(fields: readonly Field[]): void {
    for (const [name, value] of fields) this.#context.responseHeader.append(name, value);
  }

  send(message: Uint8Array): boolean {
    if (this.#end !== undefined) return true;
    this.#messages.push(message);
    this.#bytes += message.length;
    this.#onChange();
    return this.#bytes < HIGH_WATER_BYTES;
  }

  writable(): Promise<void> {
    if (this.#end !== undefined || this.#bytes < HIGH_WATER_BYTES) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onWritable = resolve;
    });
  }

  finish(trailers: readonly Field[]): void {
    for (const [name, value] of trailers) this.#context.responseTrailer.append(name, value);
    this.#didEnd(undefined);
  }

  fail(status: readonly Field[], { atOnce }: { readonly atOnce: boolean }): void {
    if (atOnce) this.#messages.length = 0;
    this.#didEnd(errorOf(status));
  }

  #taken(message: Uint8Array): Uint8Array {
    this.#bytes -= message.length;
    if (this.#bytes < HIGH_WATER_BYTES) this.#onWritable();
    return message;
  }

  /** Also after its end, when it changes nothing. */
  #didCancel(): void {
    if (this.#end !== undefined) return;
    this.#didEnd(new ConnectError("cancelled by the client", Code.Canceled));
    this.#incoming?.didCancel();
  }

  #didEnd(error: ConnectError | undefined): void {
    this.#end ??= { error };
    this.#onChange();
    this.#onWritable();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
    });
  }
}

function metadataOf(header: Headers): RequestMetadata {
  const fields = new Headers();
  mergeNonProtocolHeaders(fields, header);
  return new RequestMetadata([...fields]);
}

/** The status as the error that Connect's handlers write, with its details and its metadata. */
function errorOf(status: readonly Field[]): ConnectError {
  const error = findTrailerError(new Headers(status.map(([name, value]) => [name, value])));
  if (error === undefined) return new ConnectError("the call failed without a status", Code.Internal);
  // It did not come from another server: its metadata is for the caller.
  error.isWireError = false;
  return error;
}
