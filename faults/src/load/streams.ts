/** Streams that are always open: one that ends is followed by another after a moment. */

import type { LoadContext } from "./open-loop.ts";
import type { StreamRecord } from "./records.ts";
import { StreamTable, streamId } from "./stream-table.ts";

/** A stream that fails at once must not become a busy loop. */
const PAUSE_MS = 100;
/** The first streams open within this time. All at once they would be on the first host that is connected. */
const SPREAD_MS = 1_000;

export class Streams {
  readonly #context: LoadContext;
  readonly #ended: StreamTable;
  readonly #open = new Map<string, { readonly cancel: () => void; readonly record: () => StreamRecord }>();
  #count = 0;
  #isOver = false;
  settledTwice = 0;

  constructor(context: LoadContext) {
    this.#context = context;
    const { load, times } = context;
    this.#ended = new StreamTable(load.streams * Math.ceil(1 + times.endMs / PAUSE_MS));
  }

  start(): void {
    const { load, clock } = this.#context;
    for (let i = 0; i < load.streams; i++)
      clock.setTimer((i * SPREAD_MS) / load.streams, () => {
        if (!this.#isOver) this.#openNext();
      });
  }

  /** Cancels what is open. */
  stop(): readonly StreamRecord[] {
    this.#isOver = true;
    const open = [...this.#open.values()];
    const records = [...this.#ended.records(), ...open.map(({ record }) => record())];
    for (const { cancel } of open) cancel();
    return records;
  }

  #openNext(): void {
    const { client, clock, startMs } = this.#context;
    const number = this.#count++;
    const id = streamId(number);
    const atMs = clock.now() - startMs;
    let messages = 0;
    const record = (): StreamRecord => ({ id, atMs, ms: undefined, code: 0, messages });
    const cancel = client.watch(
      id,
      () => messages++,
      ({ code }) => {
        if (this.#isOver) return;
        if (!this.#open.delete(id)) return void this.settledTwice++;
        this.#ended.add({ number, atMs, ms: clock.now() - startMs - atMs, code, messages });
        clock.setTimer(PAUSE_MS, () => {
          if (!this.#isOver) this.#openNext();
        });
      },
    );
    this.#open.set(id, { cancel, record });
  }
}
