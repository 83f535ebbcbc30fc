import type { Clock } from "@agent-team/foundation/clock";
import type { ClaimOptions, ScheduleOptions } from "./due-times.ts";
import { JournalError } from "./errors.ts";

/** The due times of one process, by its monotonic clock: a wall clock that jumps moves no moment. Without timers. */
export class InProcessDueTimes {
  readonly #queues = new Map<string, Map<string, number>>();
  readonly #clock: Clock;
  readonly #maxKeys: number;

  constructor(clock: Clock, maxKeys: number) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
  }

  schedule(queue: string, keys: readonly string[], inMs: number, { onlyMissing = false }: ScheduleOptions = {}): void {
    const moments = this.#queues.get(queue) ?? new Map<string, number>();
    const added = keys.filter((key) => !moments.has(key)).length;
    if (moments.size + added > this.#maxKeys) {
      throw new JournalError("full", `no room for ${added} keys in ${queue}: ${this.#maxKeys} are the limit`);
    }
    this.#queues.set(queue, moments);
    for (const key of keys) if (!onlyMissing || !moments.has(key)) moments.set(key, this.#clock.now() + inMs);
  }

  unschedule(queue: string, keys: readonly string[]): void {
    const moments = this.#queues.get(queue);
    for (const key of keys) moments?.delete(key);
    if (moments?.size === 0) this.#queues.delete(queue);
  }

  claim(queue: string, { limit, leaseMs }: ClaimOptions): readonly string[] {
    const nowMs = this.#clock.now();
    const due = [...(this.#queues.get(queue) ?? [])].filter(([, atMs]) => atMs <= nowMs).sort(([, a], [, b]) => a - b);
    const keys = due.slice(0, limit).map(([key]) => key);
    if (keys.length > 0) this.schedule(queue, keys, leaseMs);
    return keys;
  }

  clear(): void {
    this.#queues.clear();
  }
}
