/**
 * The calls of a load, in memory that is allocated at its start: a run of ten minutes must not look like a leak because it
 * is measured.
 */

import type { Settlement } from "../clients/client.ts";
import type { CallRecord } from "./records.ts";

const OPEN = 0;
const WRITE = 1;
const SETTLED = 2;
const MAYBE_PROCESSED = 4;
/** The code of a call that never ended. */
const NEVER = -2;

export class CallTable {
  readonly #atMs: Float64Array;
  readonly #ms: Float64Array;
  readonly #codes: Int8Array;
  readonly #flags: Uint8Array;
  #size = 0;
  #open = 0;

  constructor(capacity: number) {
    // Written to, because memory that was never touched is not resident.
    this.#atMs = new Float64Array(capacity).fill(-1);
    this.#ms = new Float64Array(capacity).fill(-1);
    this.#codes = new Int8Array(capacity).fill(-1);
    this.#flags = new Uint8Array(capacity).fill(WRITE);
  }

  get open(): number {
    return this.#open;
  }

  /** The number of the call. @throws RangeError when the table is full. */
  add(write: boolean, atMs: number): number {
    const number = this.#size++;
    if (number === this.#atMs.length) throw new RangeError(`expected at most ${number} calls`);
    this.#open++;
    this.#atMs[number] = atMs;
    this.#flags[number] = write ? WRITE : OPEN;
    return number;
  }

  /** False: the call had ended before. */
  settle(number: number, ms: number, { code, maybeProcessed }: Settlement): boolean {
    const flags = this.#flags[number] ?? SETTLED;
    if ((flags & SETTLED) !== 0) return false;
    this.#open--;
    this.#ms[number] = ms;
    this.#codes[number] = code;
    this.#flags[number] = flags | SETTLED | (maybeProcessed ? MAYBE_PROCESSED : 0);
    return true;
  }

  records(): readonly CallRecord[] {
    return Array.from({ length: this.#size }, (_, number) => this.#record(number));
  }

  #record(number: number): CallRecord {
    const flags = this.#flags[number] ?? OPEN;
    const settled = (flags & SETTLED) !== 0;
    const write = (flags & WRITE) !== 0;
    return {
      id: callId(write, number),
      write,
      atMs: this.#atMs[number] ?? 0,
      ms: settled ? this.#ms[number] : undefined,
      code: settled ? (this.#codes[number] ?? NEVER) : NEVER,
      maybeProcessed: (flags & MAYBE_PROCESSED) !== 0,
    };
  }
}

export function callId(write: boolean, number: number): string {
  return `${write ? "w" : "r"}${number}`;
}
