/**
 * Streams of one method, shared: readers of the same thing for the same caller have one call together. In: a reader's request. Out: its
 * messages, as a call of its own would yield them: each once, in order, from its own cursor. A reader never waits for another one.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { CallOptions } from "@connectrpc/connect";
import { callerKey } from "../caller.ts";
import { SharedStream } from "./shared-stream.ts";
import { type Place, type ReaderContext, StreamReader, type StreamSource } from "./stream-reader.ts";
import type { Position, StreamMessage } from "./stream-window.ts";

/** What has to be known of a method whose streams are shared. */
export interface SharedMethod<Request, Message extends StreamMessage> {
  /** What a request reads, whatever its cursor: requests of one owner with the same name get the same events. Undefined: not shared. */
  nameOf(request: Request): string | undefined;
  /** The name of what a message belongs to; undefined when it does not say that. */
  nameOfMessage(message: Message): string | undefined;
  /** The cursor of a request. */
  positionOf(request: Request): Position;
  /** As in `ResumeTrait`. */
  readonly trait: {
    cursor(message: Message): Position | undefined;
    withCursor(request: Request, cursor: Position): Request;
    isTerminal(message: Message): boolean;
  };
  open(request: Request, options: CallOptions): AsyncIterable<Message>;
  /** How long a reader reads at most, in ms: as long as a call. */
  readonly limitMs: number;
}

export class SharedStreams<Request, Message extends StreamMessage> implements StreamSource<Request, Message> {
  readonly now: () => number;
  readonly limitMs: number;
  readonly #method: SharedMethod<Request, Message>;
  /** Each under the name of its request, and under that of its messages. */
  readonly #streams = new Map<string, SharedStream<Message>>();

  constructor(method: SharedMethod<Request, Message>, clock: Clock) {
    this.#method = method;
    this.limitMs = method.limitMs;
    this.now = () => clock.now();
  }

  /** For one reader. Its call, or its place in one, begins with the first read, and ends with its return or its signal. */
  read(request: Request, options: CallOptions = {}): AsyncIterable<Message> {
    if (this.#method.nameOf(request) === undefined) return this.open(request, options);
    const owner = options.contextValues?.get(callerKey)?.subject ?? "";
    return new StreamReader(request, this, { owner, options });
  }

  join(request: Request, reader: ReaderContext): Place<Message> | undefined {
    const key = keyOf(reader, this.#method.nameOf(request));
    const base = this.#method.positionOf(request);
    if (this.#streams.has(key)) return this.#find(key, base);
    return { stream: this.#begin(key, base, request, reader), at: 0 };
  }

  rejoin(request: Request, message: Message, reader: ReaderContext): Place<Message> | undefined {
    const cursor = this.#method.trait.cursor(message);
    return cursor && this.#find(keyOf(reader, this.#method.nameOf(request)), cursor);
  }

  open(request: Request, options: CallOptions): AsyncIterable<Message> {
    return this.#method.open(request, options);
  }

  moves(message: Message): boolean {
    return this.#method.trait.cursor(message) !== undefined;
  }

  after(request: Request, message: Message): Request {
    const { trait } = this.#method;
    const position = trait.cursor(message);
    return position === undefined ? request : trait.withCursor(request, position);
  }

  #find(key: string, cursor: Position): Place<Message> | undefined {
    const stream = this.#streams.get(key);
    const at = stream?.window.after(cursor);
    return stream === undefined || at === undefined ? undefined : { stream, at };
  }

  #begin(key: string, base: Position, request: Request, reader: ReaderContext): SharedStream<Message> {
    const method = this.#method;
    const keys = new Set<string>();
    const add = (name: string): void => {
      if (this.#streams.has(name)) return;
      keys.add(name);
      this.#streams.set(name, stream);
    };
    const stream: SharedStream<Message> = new SharedStream({
      open: (signal) => this.open(request, { ...reader.options, signal }),
      base,
      cursorOf: (message) => method.trait.cursor(message),
      isLast: (message) => method.trait.isTerminal(message),
      onMessage: (message) => {
        const name = method.nameOfMessage(message);
        if (name !== undefined) add(keyOf(reader, name));
      },
      onClose: () => {
        for (const each of keys) this.#streams.delete(each);
        keys.clear();
      },
    });
    add(key);
    return stream;
  }
}

/** Readers of other owners never meet, whatever they name. */
function keyOf({ owner }: ReaderContext, name: string | undefined): string {
  return JSON.stringify([owner, name]);
}
