/** Calls in bytes, as an adapter makes them, with a record of their results. */

import type { CallOptions, CallSink, Channel, ChannelError, ClientCall, Metadata, Method } from "../../src/index.ts";
import { until } from "./until.ts";

export const UNARY: Method = { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: false };
export const IDEMPOTENT: Method = { ...UNARY, idempotent: true };
export const STREAM: Method = { ...UNARY, unaryResponse: false };
export const BIDI: Method = { ...STREAM, unaryRequest: false };

interface End {
  readonly error: ChannelError | undefined;
  readonly trailers: Metadata;
}

export class RecordedCall implements CallSink {
  readonly call: ClientCall;
  readonly messages: Uint8Array[] = [];
  readonly ends: End[] = [];
  readonly #onEnd: () => void;
  headers: Metadata | undefined;
  drains = 0;

  constructor(channel: Channel, method: Method, options: CallOptions, onEnd: () => void = () => {}) {
    this.#onEnd = onEnd;
    this.call = channel.call(method, options, this);
  }

  onHeaders(metadata: Metadata): void {
    if (this.headers !== undefined || this.messages.length > 0) throw new Error("headers came late or twice");
    this.headers = metadata;
  }

  onMessage(message: Uint8Array): void {
    if (this.ends.length > 0) throw new Error("a message came after the end");
    this.messages.push(message);
  }

  onEnd(error: ChannelError | undefined, trailers: Metadata): void {
    this.ends.push({ error, trailers });
    if (this.ends.length > 1) throw new Error("the call ended twice");
    this.#onEnd();
  }

  onDrain(): void {
    this.drains++;
  }

  get texts(): string[] {
    return this.messages.map((message) => Buffer.from(message).toString());
  }

  /** The error of the call, if it has ended with one. */
  get error(): ChannelError | undefined {
    return this.ends[0]?.error;
  }

  get hasEnded(): boolean {
    return this.ends.length > 0;
  }

  /** Waits for the end. Returns the error, or undefined when the call succeeded. */
  async ended(): Promise<ChannelError | undefined> {
    await until(() => this.hasEnded, "the call ends");
    return this.error;
  }
}

/** Starts a call with one message. */
export function send(
  channel: Channel,
  method: Method = UNARY,
  options: CallOptions = {},
  text = "hello",
): RecordedCall {
  const recorded = new RecordedCall(channel, method, options);
  recorded.call.send(Buffer.from(text), true);
  recorded.call.start();
  return recorded;
}

/** Concurrent callers. Each makes its next call when its last one has ended, until `stop`. */
export class Load {
  readonly calls: RecordedCall[] = [];
  readonly #channel: Channel;
  readonly #method: Method;
  /** How many calls have ended. */
  ended = 0;
  #running = true;

  constructor(channel: Channel, { method = UNARY, callers = 8 }: { method?: Method; callers?: number } = {}) {
    this.#channel = channel;
    this.#method = method;
    for (let i = 0; i < callers; i++) this.#next();
  }

  get errors(): ChannelError[] {
    return this.calls.flatMap(({ error }) => (error === undefined ? [] : [error]));
  }

  /** Lets `count` more calls end. */
  async run(count: number): Promise<void> {
    const target = this.ended + count;
    await until(() => this.ended >= target, `${count} more calls end`);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await until(() => this.ended === this.calls.length, "the last calls end");
  }

  /** Stops, and cancels the calls that have not ended. */
  abandon(): void {
    this.#running = false;
    for (const { call } of this.calls) call.cancel();
  }

  #next(): void {
    // After the delivery of the previous result, as with a caller that awaits a promise.
    const again = (): void => queueMicrotask(() => this.#running && this.#next());
    const recorded = new RecordedCall(this.#channel, this.#method, {}, () => {
      this.ended++;
      again();
    });
    this.calls.push(recorded);
    recorded.call.send(Buffer.from("hello"), true);
    recorded.call.start();
  }
}
