/**
 * One reader of a stream that others may read, too.
 *
 *               a stream has its cursor, or no stream is open
 *   begins ─────────────────────────────────────────────────────► joined ──► end
 *      │                                                           ▲   │
 *      │ the stream is elsewhere        it has caught up           │   │ it fell behind the window, or
 *      └──────────────────────────────► alone ─────────────────────┘   │ the stream's time is over and its own is not
 *                                         ▲                            │
 *                                         └────── begins again, behind its last event
 *
 * Each read may also find it at rest, without a place or a call: it then begins again, behind its last event.
 *
 * Joined, it holds a number; alone, a call of its own from its cursor. Either way its messages are those of one call.
 */

import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import type { SharedStream, WaitingReader } from "./shared-stream.ts";
import type { StreamMessage } from "./stream-window.ts";

export interface Place<Message extends StreamMessage> {
  readonly stream: SharedStream<Message>;
  /** The number of the message to go on with. */
  readonly at: number;
}

/** The streams, for one reader. */
export interface StreamSource<Request, Message extends StreamMessage> {
  readonly now: () => number;
  /** Of a reader, in ms. */
  readonly limitMs: number;
  /** Where to join; opens a stream if none is open. Undefined: the reader makes a call of its own. */
  join(request: Request, reader: ReaderContext): Place<Message> | undefined;
  /** The same for a reader that goes alone, and has taken `message`; opens none. */
  rejoin(request: Request, message: Message, reader: ReaderContext): Place<Message> | undefined;
  open(request: Request, options: CallOptions): AsyncIterable<Message>;
  /** Whether the message moves its reader's cursor. */
  moves(message: Message): boolean;
  /** The request for what follows such a message. */
  after(request: Request, message: Message): Request;
}

/** For whom is read. */
export interface ReaderContext {
  readonly owner: string;
  /** Of each call that is made for this reader. The signal is that of the reader. */
  readonly options: CallOptions;
}

interface OwnStream<Message> {
  readonly messages: AsyncIterator<Message>;
  readonly left: AbortController;
}

const DONE = { done: true, value: undefined } as const;

export class StreamReader<Request, Message extends StreamMessage>
  implements AsyncIterableIterator<Message>, WaitingReader<Message>
{
  readonly #source: StreamSource<Request, Message>;
  readonly #context: ReaderContext;
  readonly #deadlineMs: number;
  #request: Request;
  /** The last message with a cursor. */
  #last: Message | undefined;
  #shared: SharedStream<Message> | undefined;
  #isFirst = false;
  #at = 0;
  #own: OwnStream<Message> | undefined;
  #waiting: PromiseWithResolvers<Message | undefined> | undefined;
  #isOver = false;
  #hasReturned = false;

  constructor(request: Request, source: StreamSource<Request, Message>, context: ReaderContext) {
    this.#request = request;
    this.#source = source;
    this.#context = context;
    this.#deadlineMs = source.now() + source.limitMs;
    this.#signal?.addEventListener("abort", this.#onAbort);
  }

  get #signal(): AbortSignal | undefined {
    return this.#context.options.signal;
  }

  /** One at a time. */
  async next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#signal?.aborted === true) throw stopped(this.#signal);
    if (this.#isOver) return DONE;
    try {
      const message = await this.#take();
      if (message === undefined) return this.return();
      this.#limitTime();
      if (this.#source.moves(message)) this.#didMove(message);
      return { done: false, value: message };
    } catch (error) {
      if (this.#hasReturned) return DONE; // it has left its own call
      this.#leave();
      throw error;
    }
  }

  /** Between two reads: leaves its place or its call. The next read begins again, behind the last message. */
  rest(): void {
    this.#leaveStream();
  }

  /** Leaves at once, also while a message is awaited: that read then ends. */
  async return(): Promise<IteratorResult<Message, undefined>> {
    this.#hasReturned = true;
    this.#leave();
    this.#waiting?.resolve(undefined);
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  wake(heartbeat?: Message): void {
    this.#waiting?.resolve(heartbeat);
  }

  async #take(): Promise<Message | undefined> {
    while (!this.#isOver) {
      if (this.#shared === undefined && this.#own === undefined) this.#begin();
      if (this.#own !== undefined) return await takeNext(this.#own.messages);
      const shared = this.#shared as SharedStream<Message>;
      const message = shared.window.at(this.#at);
      if (message !== undefined) {
        this.#at += 1;
        return message;
      }
      if (shared.window.isDropped(this.#at)) this.#leaveStream();
      else if (shared.end === undefined) {
        const heartbeat = await this.#wait(shared);
        if (heartbeat !== undefined) return heartbeat;
      } else if (this.#outlives(shared)) this.#leaveStream();
      else if (shared.end.error !== undefined) throw shared.end.error;
      else return undefined;
    }
    // A message may have woken it just before its signal.
    if (this.#signal?.aborted === true && !this.#hasReturned) throw stopped(this.#signal);
    return undefined;
  }

  #begin(): void {
    if (this.#last !== undefined) this.#request = this.#source.after(this.#request, this.#last);
    const place = this.#source.join(this.#request, this.#context);
    if (place !== undefined) return this.#join(place);
    const left = new AbortController();
    const messages = this.#source.open(this.#request, { ...this.#context.options, signal: left.signal });
    this.#own = { messages: messages[Symbol.asyncIterator](), left };
  }

  #join({ stream, at }: Place<Message>): void {
    this.#isFirst = stream.enter();
    this.#shared = stream;
    this.#at = at;
  }

  #wait(shared: SharedStream<Message>): Promise<Message | undefined> {
    this.#waiting = Promise.withResolvers();
    shared.wait(this);
    return this.#waiting.promise;
  }

  #didMove(message: Message): void {
    this.#last = message;
    const place = this.#own && this.#source.rejoin(this.#request, message, this.#context);
    if (place === undefined) return;
    this.#leaveStream();
    this.#join(place);
  }

  /** The time of a stream began with its first reader. That one begins no other: a service with a shorter limit would be asked on and on. */
  #outlives({ end, hadLast }: SharedStream<Message>): boolean {
    const isOvertime = end?.error instanceof ConnectError && end.error.code === Code.DeadlineExceeded;
    return isOvertime && !hadLast && !this.#isFirst && this.#source.now() < this.#deadlineMs;
  }

  /** Looked at with each message: a stream that is silent has heartbeats. */
  #limitTime(): void {
    if (this.#source.now() < this.#deadlineMs) return;
    const text = `the stream has reached its time limit of ${this.#source.limitMs / 1_000} s`;
    throw new ConnectError(text, Code.DeadlineExceeded);
  }

  #leaveStream(): void {
    this.#shared?.leave(this);
    this.#shared = undefined;
    this.#own?.left.abort(new ConnectError("the caller stopped reading", Code.Canceled));
    this.#own = undefined;
  }

  #leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#leaveStream();
  }

  readonly #onAbort = (): void => {
    this.#leave();
    this.#waiting?.reject(stopped(this.#signal as AbortSignal));
  };
}

async function takeNext<Message>(messages: AsyncIterator<Message>): Promise<Message | undefined> {
  const next = await messages.next();
  return next.done === true ? undefined : next.value;
}

function stopped({ reason }: AbortSignal): ConnectError {
  return ConnectError.from(reason, Code.Canceled);
}
