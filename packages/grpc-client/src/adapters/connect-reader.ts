/**
 * The reading end of a stream, which its caller holds. A Connect client passes on no `return()`: a caller that leaves its loop
 * only drops the reader. A FinalizationRegistry therefore watches the reader. When it is collected, no code can read the stream
 * any more, and the call is cancelled.
 *
 *   caller ──► Reader ──► sink ◄── call ◄── connection
 *                           ▲
 *                registry ──┘   (holds the sink, and the reader only weakly: neither sink nor registry leads to a reader)
 */

/** Where a reader reads. */
export interface ReadableSink<T> {
  read(): Promise<IteratorResult<T>>;
  /** Nothing reads any more: the call ends as cancelled, queued messages are dropped. */
  leave(): void;
}

const DROPPED = new FinalizationRegistry<ReadableSink<unknown>>((sink) => sink.leave());

export class Reader<T> implements AsyncIterableIterator<T> {
  readonly #sink: ReadableSink<T>;

  constructor(sink: ReadableSink<T>) {
    this.#sink = sink;
  }

  next(): Promise<IteratorResult<T>> {
    return this.#sink.read();
  }

  /** The reader leaves early: the server need not go on. */
  return(): Promise<IteratorResult<T>> {
    this.#sink.leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

/** A reader that ends the call when it is collected. One for each sink. */
export function watchedReader<T>(sink: ReadableSink<T>): Reader<T> {
  const reader = new Reader(sink);
  DROPPED.register(reader, sink, sink);
  return reader;
}

/** The call has ended: nothing is to be cancelled when its reader is collected. */
export function forgetReader(sink: ReadableSink<unknown>): void {
  DROPPED.unregister(sink);
}
