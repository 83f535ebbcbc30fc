import type { MemorySample } from "./records.ts";

/** Samples in memory that is allocated at the start, so that the measuring does not grow what it measures. */
export class SampleTable {
  readonly #atMs: Float64Array;
  readonly #bytes: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    // Written to, because memory that was never touched is not resident.
    this.#atMs = new Float64Array(capacity).fill(-1);
    this.#bytes = new Float64Array(capacity).fill(-1);
  }

  /** A full table keeps the samples that it has. */
  add(atMs: number, bytes: number): void {
    if (this.#size === this.#atMs.length) return;
    this.#atMs[this.#size] = atMs;
    this.#bytes[this.#size] = bytes;
    this.#size++;
  }

  samples(): readonly MemorySample[] {
    return Array.from({ length: this.#size }, (_, i) => ({ atMs: this.#atMs[i] ?? 0, bytes: this.#bytes[i] ?? 0 }));
  }
}
