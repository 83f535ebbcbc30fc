/**
 * Unary calls at a given rate, however long each takes. Latency counts from the intended start, so that a client that
 * delays its caller is not measured less often.
 */

import { type Clock, delay } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { FaultClient, Settlement } from "../clients/client.ts";
import type { Load } from "../scenario.ts";
import type { CallRecord } from "./records.ts";

export interface LoadContext {
  readonly client: FaultClient;
  readonly load: Load;
  readonly endMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** `clock.now()` at the beginning of the load. */
  readonly startMs: number;
}

/** After the deadline of the last call. A call that is open after that counts as never settled. */
const GRACE_MS = 2_000;

export class OpenLoop {
  readonly #context: LoadContext;
  readonly #calls: (CallRecord | undefined)[] = [];
  readonly #open = new Map<number, Omit<CallRecord, "ms" | keyof Settlement>>();
  readonly #empty = Promise.withResolvers<void>();
  settledTwice = 0;

  constructor(context: LoadContext) {
    this.#context = context;
  }

  async run(): Promise<readonly CallRecord[]> {
    const { clock, startMs, endMs, load } = this.#context;
    let dueMs = this.#gapMs();
    while (dueMs < endMs) {
      const nowMs = clock.now() - startMs;
      if (nowMs < dueMs) await delay(clock, Math.max(1, dueMs - nowMs));
      else {
        this.#call(dueMs);
        dueMs += this.#gapMs();
      }
    }
    if (this.#open.size > 0) {
      const limit = clock.setTimer(load.deadlineMs + GRACE_MS, () => this.#empty.resolve());
      await this.#empty.promise;
      limit.cancel();
    }
    const never = [...this.#open.values()].map((call) => ({ ...call, ms: undefined, code: -2, maybeProcessed: false }));
    return [...this.#calls.filter((call) => call !== undefined), ...never];
  }

  #gapMs(): number {
    const { load, random } = this.#context;
    return (-Math.log(1 - random()) * 1_000) / load.rps;
  }

  #call(atMs: number): void {
    const { client, clock, startMs, endMs, load, random } = this.#context;
    const number = this.#calls.length;
    const write = random() < load.writes;
    const call = { id: `${write ? "w" : "r"}${number}`, write, atMs };
    this.#calls.push(undefined);
    this.#open.set(number, call);
    client.unary(write ? "write" : "read", call.id, load.deadlineMs, (settlement) => {
      if (!this.#open.delete(number)) return void this.settledTwice++;
      this.#calls[number] = { ...call, ms: clock.now() - startMs - atMs, ...settlement };
      if (this.#open.size === 0 && clock.now() - startMs >= endMs) this.#empty.resolve();
    });
  }
}
