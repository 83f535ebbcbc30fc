/** The last messages of a stream that many read. In: each message. Out: where a reader with a cursor goes on, and the messages from there. */

/** The last event that a reader has seen: with another fence it is another event, although its sequence is the same. */
export interface Position {
  readonly sequence: number;
  readonly fence: string;
}

/** Sequence 0 marks a message that is not stored, such as a heartbeat. */
export interface StreamMessage extends Position {
  readonly event: { readonly case: string | undefined };
}

/**
 * Messages that are kept for readers behind the first one. At one each 50 ms, as a planner flushes them, 0.8 s; a turn's messages
 * are bounded together (256 KiB), and those of a run each (previews of 4 KiB).
 */
const MANY = 16;

/** Messages that are kept while one reads: a second reader, which replays what is stored, meets the first one there. */
const FEW = 4;

/** Messages have numbers from 0, in the order of the stream. */
export class StreamWindow<Message extends StreamMessage> {
  readonly #messages: Message[] = [];
  /** The number of the first message that is kept. */
  #start = 0;
  /** A reader that has seen up to `#base` goes on with number `#from`. Undefined: no cursor says that. */
  #base: Position | undefined;
  #from = 0;

  /** `base`: the stream begins behind it. */
  constructor(base: Position) {
    this.#base = base;
  }

  /** The number of the next message that comes. */
  get end(): number {
    return this.#start + this.#messages.length;
  }

  /** `cursor`: of a message that is not stored and moves its reader back, the new position, if it has one. `isShared`: by several readers. */
  add(message: Message, cursor: Position | undefined, isShared: boolean): void {
    this.#messages.push(message);
    // What stands before it may be void, so that no cursor of it counts.
    if (message.sequence === 0) this.#goOn(cursor, this.end);
    while (this.#messages.length > (isShared ? MANY : FEW)) this.#drop();
  }

  /** Undefined for a number that has not come yet, or is not kept. */
  at(number: number): Message | undefined {
    return this.#messages[number - this.#start];
  }

  isDropped(number: number): boolean {
    return number < this.#start;
  }

  /** The number of the message that follows the cursor; undefined when that cannot be said from what is kept. */
  after(cursor: Position): number | undefined {
    for (let number = this.end; number > this.#from; number--) if (isSame(this.at(number - 1), cursor)) return number;
    return isSame(this.#base, cursor) ? this.#from : undefined;
  }

  #drop(): void {
    const dropped = this.#messages.shift();
    this.#start += 1;
    if (this.#from < this.#start) this.#goOn(dropped, this.#start);
  }

  #goOn(base: Position | undefined, from: number): void {
    this.#base = base;
    this.#from = from;
  }
}

function isSame(one: Position | undefined, other: Position): boolean {
  return one?.sequence === other.sequence && one.fence === other.fence;
}
