/** Streams that are always open: one that ends is followed by another after a moment. */

import type { LoadContext } from "./open-loop.ts";
import type { CallRecord, StreamRecord } from "./records.ts";

/** A stream that fails at once must not become a busy loop. */
const PAUSE_MS = 100;

export class Streams {
  readonly #context: LoadContext;
  readonly #records: StreamRecord[] = [];
  readonly #open = new Map<string, { readonly cancel: () => void; readonly record: () => StreamRecord }>();
  #count = 0;
  #isOver = false;
  settledTwice = 0;

  constructor(context: LoadContext) {
    this.#context = context;
  }

  start(): void {
    for (let i = 0; i < this.#context.load.streams; i++) this.#open1();
  }

  /** Cancels what is open. */
  stop(): readonly StreamRecord[] {
    this.#isOver = true;
    const open = [...this.#open.values()];
    const records = [...this.#records, ...open.map(({ record }) => record())];
    for (const { cancel } of open) cancel();
    return records;
  }

  #open1(): void {
    const { client, clock, startMs } = this.#context;
    const id = `s${this.#count++}`;
    const atMs = clock.now() - startMs;
    let messages = 0;
    const record = (ms?: number, code: CallRecord["code"] = 0): StreamRecord => ({ id, atMs, ms, code, messages });
    const cancel = client.watch(
      id,
      () => messages++,
      ({ code }) => {
        if (this.#isOver) return;
        if (!this.#open.delete(id)) return void this.settledTwice++;
        this.#records.push(record(clock.now() - startMs - atMs, code));
        clock.setTimer(PAUSE_MS, () => {
          if (!this.#isOver) this.#open1();
        });
      },
    );
    this.#open.set(id, { cancel, record });
  }
}
