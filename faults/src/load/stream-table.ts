import type { StreamRecord } from "./records.ts";

interface EndedStream extends Omit<StreamRecord, "id" | "ms"> {
  readonly number: number;
  readonly ms: number;
}

/** The streams of a load that have ended, in memory that is allocated at its start, as the calls are in `CallTable`. */
export class StreamTable {
  readonly #ids: Int32Array;
  readonly #atMs: Float64Array;
  readonly #ms: Float64Array;
  readonly #codes: Int8Array;
  readonly #messages: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    // Written to, because memory that was never touched is not resident.
    this.#ids = new Int32Array(capacity).fill(-1);
    this.#atMs = new Float64Array(capacity).fill(-1);
    this.#ms = new Float64Array(capacity).fill(-1);
    this.#codes = new Int8Array(capacity).fill(-1);
    this.#messages = new Int32Array(capacity).fill(-1);
  }

  /** @throws RangeError when the table is full */
  add({ number, atMs, ms, code, messages }: EndedStream): void {
    const at = this.#size++;
    if (at === this.#ids.length) throw new RangeError(`expected at most ${at} streams`);
    this.#ids[at] = number;
    this.#atMs[at] = atMs;
    this.#ms[at] = ms;
    this.#codes[at] = code;
    this.#messages[at] = messages;
  }

  records(): readonly StreamRecord[] {
    return Array.from({ length: this.#size }, (_, at) => ({
      id: streamId(this.#ids[at] ?? 0),
      atMs: this.#atMs[at] ?? 0,
      ms: this.#ms[at],
      code: this.#codes[at] ?? 0,
      messages: this.#messages[at] ?? 0,
    }));
  }
}

export function streamId(number: number): string {
  return `s${number}`;
}
