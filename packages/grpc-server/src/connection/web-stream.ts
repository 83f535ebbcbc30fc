/**
 * A request of gRPC-Web or Connect on an HTTP/2 stream. In: DATA, END_STREAM, RST_STREAM. Out: a `WebRequest`, and the frames of its
 * answer.
 */

import { ErrorCode, type Http2Stream, type RequestHead, type StreamListener } from "@agent-team/http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { type AnswerWeb, isConnectionField, type WebRequest, type WebResponse } from "../web-request.ts";
import type { Field } from "../wire.ts";
import { RequestQueue } from "./request-queue.ts";

const NO_BYTES = new Uint8Array();

export interface WebStreamInit {
  readonly answerWeb: AnswerWeb;
  readonly peerCertificate: () => Uint8Array | undefined;
  /** The code of the request threw. The stream has been reset. */
  didThrow(path: string, thrown: unknown): void;
}

export class WebStream implements StreamListener {
  readonly #stream: Http2Stream;
  readonly #init: WebStreamInit;
  readonly #body: RequestQueue;
  readonly #controller = new AbortController();
  #onDrain: () => void = () => {};

  constructor(stream: Http2Stream, init: WebStreamInit) {
    this.#stream = stream;
    this.#init = init;
    // A client may send one byte in each frame, and Connect's reader counts all parts of a message anew with each further one.
    this.#body = new RequestQueue(stream, { joins: true });
  }

  async answer(head: RequestHead): Promise<void> {
    try {
      await this.#send(await this.#init.answerWeb(this.#requestOf(head)));
    } catch (thrown) {
      if (this.#controller.signal.aborted) return; // nothing reads the answer
      this.#stream.reset(ErrorCode.internalError);
      this.#init.didThrow(head.path, thrown);
    }
  }

  // --- StreamListener

  onHeaders(): void {}

  onData(bytes: Buffer, start: number, end: number): void {
    // The connection may use its buffer again.
    this.#body.push(Uint8Array.from(bytes.subarray(start, end)));
  }

  onTrailers(): void {}

  onEnd(): void {
    this.#body.end();
  }

  onAbort(): void {
    const error = new ConnectError("cancelled by the client", Code.Canceled);
    this.#controller.abort(error);
    this.#body.fail(error);
    this.#onDrain();
  }

  onDrain(): void {
    this.#onDrain();
  }

  #requestOf({ method, path, authority, fields }: RequestHead): WebRequest {
    const { signal } = this.#controller;
    const body = this.#body;
    const header = new Headers(
      fields.filter(([name]) => !isConnectionField(name)).map(([name, value]) => [name, value]),
    );
    const { peerCertificate } = this.#init;
    return { httpVersion: "2", method, path, authority, header, body, signal, peerCertificate };
  }

  async #send({ status, header, body }: WebResponse): Promise<void> {
    const fields: Field[] = [...header].filter(([name]) => !isConnectionField(name));
    this.#stream.respond([[":status", String(status)], ...fields], undefined, body === undefined);
    if (body === undefined) return;
    for await (const part of body) {
      if (this.#stream.isClosed) return;
      if (!this.#stream.send(part, false)) await this.#drained();
    }
    this.#stream.send(NO_BYTES, true);
  }

  #drained(): Promise<void> {
    if (this.#stream.isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDrain = resolve;
    });
  }
}
