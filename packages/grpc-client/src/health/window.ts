/** Counts the outcomes of the last ten seconds, in ten buckets of one. */

const BUCKET_MS = 1_000;
const BUCKETS = 10;

export class OutcomeWindow {
  // Arrays: a typed one of this length takes twice the memory, and each endpoint has both.
  readonly #calls = new Array<number>(BUCKETS).fill(0);
  readonly #failures = new Array<number>(BUCKETS).fill(0);
  #allCalls = 0;
  #allFailures = 0;
  /** The number of the current bucket since the clock's zero. */
  #current = 0;

  add(isFailure: boolean, nowMs: number): void {
    this.#advance(nowMs);
    const at = this.#current % BUCKETS;
    this.#calls[at]! += 1;
    this.#allCalls++;
    if (!isFailure) return;
    this.#failures[at]! += 1;
    this.#allFailures++;
  }

  calls(nowMs: number): number {
    this.#advance(nowMs);
    return this.#allCalls;
  }

  failures(nowMs: number): number {
    this.#advance(nowMs);
    return this.#allFailures;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#allCalls = 0;
    this.#allFailures = 0;
  }

  #advance(nowMs: number): void {
    const current = Math.floor(nowMs / BUCKET_MS);
    if (current <= this.#current) return;
    if (current - this.#current >= BUCKETS) {
      if (this.#allCalls > 0) this.clear();
    } else {
      for (let bucket = this.#current + 1; bucket <= current; bucket++) this.#empty(bucket % BUCKETS);
    }
    this.#current = current;
  }

  #empty(at: number): void {
    this.#allCalls -= this.#calls[at] as number;
    this.#allFailures -= this.#failures[at] as number;
    this.#calls[at] = 0;
    this.#failures[at] = 0;
  }
}
