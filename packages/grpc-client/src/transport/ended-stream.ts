/** A stream of which nothing was sent. Its end comes after `open` has returned, as that of every stream. */

import type { Stream, StreamEnd, StreamSink } from "../stream.ts";

export class EndedStream implements Stream {
  #cancelled = false;

  constructor(sink: StreamSink, end: StreamEnd) {
    queueMicrotask(() => {
      if (!this.#cancelled) sink.onEnd(end);
    });
  }

  cancel(): void {
    this.#cancelled = true;
  }

  sendMessage(): boolean {
    return true;
  }

  halfClose(): void {}
  pause(): void {}
  resume(): void {}
}
