/** Listeners that record their calls in order, for assertions. */

import type { Metadata } from "../../src/metadata.ts";
import type { StreamEnd, StreamSink } from "../../src/stream.ts";
import type { ConnectionListener, Goaway } from "../../src/transport.ts";
import { until } from "./until.ts";

export class RecordingSink implements StreamSink {
  headers: Metadata | undefined;
  readonly messages: Uint8Array[] = [];
  readonly ends: StreamEnd[] = [];
  drains = 0;

  onHeaders(metadata: Metadata): void {
    if (this.headers !== undefined) throw new Error("headers came twice");
    this.headers = metadata;
  }

  onMessage(message: Uint8Array): void {
    if (this.ends.length > 0) throw new Error("a message came after the end");
    this.messages.push(message);
  }

  onEnd(end: StreamEnd): void {
    this.ends.push(end);
  }

  onDrain(): void {
    this.drains++;
  }

  get texts(): string[] {
    return this.messages.map((message) => Buffer.from(message).toString());
  }

  /** The end of the stream, which must come once. Waits for it. */
  async ended(): Promise<StreamEnd> {
    await until(() => this.ends.length > 0, "the stream ends");
    if (this.ends.length > 1) throw new Error("the stream ended more than once");
    return this.ends[0] as StreamEnd;
  }
}

export class RecordingListener implements ConnectionListener {
  ready = 0;
  rooms = 0;
  readonly goaways: Goaway[] = [];
  /** One entry for each close, which must come once. */
  readonly closes: (Error | undefined)[] = [];

  onReady(): void {
    this.ready++;
  }

  onRoom(): void {
    this.rooms++;
  }

  onGoaway(goaway: Goaway): void {
    this.goaways.push(goaway);
  }

  onClose(error: Error | undefined): void {
    this.closes.push(error);
  }

  becameReady(): Promise<void> {
    return until(() => this.ready > 0, "the connection is ready");
  }

  /** The error with which the connection closed. Waits for it. */
  async closed(): Promise<Error | undefined> {
    await until(() => this.closes.length > 0, "the connection closes");
    return this.closes[0];
  }
}
