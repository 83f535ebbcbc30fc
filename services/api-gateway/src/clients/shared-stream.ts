/**
 * One stream of a service for all its readers. It takes the next message when the first of its readers asks for it, so readers that
 * are all slow hold the service back, and one that is slower than others does not. It ends when its last reader leaves.
 */

import { type Position, type StreamMessage, StreamWindow } from "./stream-window.ts";

/** A reader that waits for what comes next. */
export interface WaitingReader<Message> {
  /** With a heartbeat, which the window does not keep. Without one: a message or the end has come. */
  wake(heartbeat?: Message): void;
}

export interface StreamParts<Message> {
  /** Ends when the signal aborts. */
  readonly open: (signal: AbortSignal) => AsyncIterable<Message>;
  /** The stream begins behind it. */
  readonly base: Position;
  /** Where a message leaves its reader; undefined for one that moves no cursor. */
  readonly cursorOf: (message: Message) => Position | undefined;
  readonly isLast: (message: Message) => boolean;
  /** Called before the readers get a message that is no heartbeat. */
  readonly onMessage: (message: Message) => void;
  /** No further reader may enter. May come more than once. */
  readonly onClose: () => void;
}

export class SharedStream<Message extends StreamMessage> {
  readonly window: StreamWindow<Message>;
  readonly #parts: StreamParts<Message>;
  readonly #upstream: AsyncIterator<Message>;
  readonly #left = new AbortController();
  readonly #waiting = new Set<WaitingReader<Message>>();
  #readers = 0;
  #isPulling = false;
  #hadLast = false;
  #end: { readonly error: unknown } | undefined;

  constructor(parts: StreamParts<Message>) {
    this.#parts = parts;
    this.window = new StreamWindow(parts.base);
    this.#upstream = parts.open(this.#left.signal)[Symbol.asyncIterator]();
  }

  /** How it ended; `error` is undefined for a plain end. */
  get end(): { readonly error: unknown } | undefined {
    return this.#end;
  }

  /** Whether the last message of what is read has come; a status may follow it. */
  get hadLast(): boolean {
    return this.#hadLast;
  }

  /** Whether the reader is the first one, with which the stream's time begins. */
  enter(): boolean {
    this.#readers += 1;
    return this.#readers === 1;
  }

  leave(reader: WaitingReader<Message>): void {
    this.#waiting.delete(reader);
    this.#readers -= 1;
    if (this.#readers > 0) return;
    this.#parts.onClose();
    this.#left.abort();
  }

  /** Wakes the reader, which has taken all messages so far, when there is something new. */
  wait(reader: WaitingReader<Message>): void {
    this.#waiting.add(reader);
    if (!this.#isPulling) void this.#pull();
  }

  async #pull(): Promise<void> {
    this.#isPulling = true;
    try {
      const next = await this.#upstream.next();
      this.#isPulling = false;
      if (this.#readers === 0) return; // the last one has left meanwhile, and `onClose` came
      if (next.done === true) this.#finish(undefined);
      else this.#add(next.value);
    } catch (error) {
      this.#finish(error);
    }
  }

  #add(message: Message): void {
    if (message.event.case === "heartbeat") return this.#wakeAll(message);
    this.window.add(message, this.#parts.cursorOf(message), this.#readers > 1);
    this.#parts.onMessage(message);
    if (this.#parts.isLast(message)) {
      // A reader that comes now gets the end of the stream as one that is alone does: without the status.
      this.#hadLast = true;
      this.#parts.onClose();
    }
    this.#wakeAll();
  }

  #finish(error: unknown): void {
    this.#end = { error };
    this.#parts.onClose();
    this.#wakeAll();
  }

  #wakeAll(heartbeat?: Message): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const reader of woken) reader.wake(heartbeat);
  }
}
