/** Listeners that keep what they are told. */

import { until } from "@agent-team/test-support/until";
import type { ConnectionListener } from "../../src/connection/side.ts";
import type { StreamAbort, StreamListener } from "../../src/connection/stream-listener.ts";
import type { HeaderField } from "../../src/hpack/header-field.ts";
import { keep } from "../../src/read/shared-reads.ts";

export class RecordingConnection implements ConnectionListener {
  settings = 0;
  closedStreams = 0;
  readonly goaways: { readonly errorCode: number; readonly lastStreamId: number; readonly debug: string }[] = [];
  readonly closes: (Error | undefined)[] = [];

  onSettings(): void {
    this.settings++;
  }

  onStreamClose(): void {
    this.closedStreams++;
  }

  onGoaway(errorCode: number, lastStreamId: number, debug: Buffer): void {
    this.goaways.push({ errorCode, lastStreamId, debug: debug.toString() });
  }

  onClose(error: Error | undefined): void {
    this.closes.push(error);
  }

  /** Why the connection closed. Waits for it. */
  async closed(): Promise<Error | undefined> {
    await until(() => this.closes.length > 0, "the connection closes");
    if (this.closes.length > 1) throw new Error("the connection closed more than once");
    return this.closes[0];
  }
}

export class RecordingStream implements StreamListener {
  headers: readonly HeaderField[] | undefined;
  trailers: readonly HeaderField[] | undefined;
  readonly parts: Buffer[] = [];
  bytes = 0;
  drains = 0;
  ended = false;
  abort: StreamAbort | undefined;

  onHeaders(fields: readonly HeaderField[]): void {
    if (this.headers !== undefined) throw new Error("headers came twice");
    this.headers = fields;
  }

  onData(bytes: Buffer, start: number, end: number): void {
    this.#mustBeOpen();
    this.bytes += end - start;
    this.parts.push(keep(bytes, start, end));
  }

  onTrailers(fields: readonly HeaderField[]): void {
    this.#mustBeOpen();
    this.trailers = fields;
  }

  onEnd(): void {
    this.#mustBeOpen();
    this.ended = true;
  }

  onAbort(abort: StreamAbort): void {
    this.#mustBeOpen();
    this.abort = abort;
  }

  onDrain(): void {
    this.drains++;
  }

  get text(): string {
    return Buffer.concat(this.parts).toString();
  }

  /** Waits for the end, whichever it is. */
  async finished(): Promise<this> {
    await until(() => this.ended || this.abort !== undefined, "the stream ends");
    return this;
  }

  #mustBeOpen(): void {
    if (this.ended || this.abort !== undefined) throw new Error("an event came after the end");
  }
}
