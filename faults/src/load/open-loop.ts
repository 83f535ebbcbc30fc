/**
 * Unary calls at a given rate, however long each takes. Latency counts from the intended start, so that a client that
 * delays its caller is not measured less often.
 */

import { type Clock, delay } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { FaultClient } from "../clients/client.ts";
import type { Load, Times } from "../scenario.ts";
import { CallTable, callId } from "./call-table.ts";
import type { CallRecord } from "./records.ts";

export interface LoadContext {
  readonly client: FaultClient;
  readonly load: Load;
  readonly times: Times;
  readonly clock: Clock;
  readonly random: Random;
  /** `clock.now()` at the beginning of the load. */
  readonly startMs: number;
}

/** After the deadline of the last call. A call that is open after that counts as never settled. */
const GRACE_MS = 2_000;
/** The intervals are random: there may be more calls than the rate says. */
const SPARE_CALLS = 1_000;
const SPARE_RATIO = 1.2;

export class OpenLoop {
  readonly #context: LoadContext;
  readonly #table: CallTable;
  readonly #empty = Promise.withResolvers<void>();
  /** No call is started any more. A busy process starts its last calls late: the time does not say it. */
  #allStarted = false;
  settledTwice = 0;

  constructor(context: LoadContext) {
    this.#context = context;
    const { load, times } = context;
    this.#table = new CallTable(
      SPARE_CALLS + Math.ceil((SPARE_RATIO * load.rps * (load.surge ?? 1) * times.endMs) / 1_000),
    );
  }

  async run(): Promise<readonly CallRecord[]> {
    const { clock, startMs, times, load } = this.#context;
    let dueMs = this.#gapMs(0);
    while (dueMs < times.endMs) {
      const nowMs = clock.now() - startMs;
      if (nowMs < dueMs) await delay(clock, Math.max(1, dueMs - nowMs));
      else {
        if (!this.#isPaused(dueMs)) this.#call(dueMs);
        dueMs += this.#gapMs(dueMs);
      }
    }
    this.#allStarted = true;
    if (this.#table.open > 0) {
      const limit = clock.setTimer(load.deadlineMs + GRACE_MS, () => this.#empty.resolve());
      await this.#empty.promise;
      limit.cancel();
    }
    return this.#table.records();
  }

  /** To the next call after the one at `atMs`. */
  #gapMs(atMs: number): number {
    const { load, times, random } = this.#context;
    const surge = atMs >= times.faultMs && atMs < times.healMs ? (load.surge ?? 1) : 1;
    return (-Math.log(1 - random()) * 1_000) / (load.rps * surge);
  }

  #isPaused(atMs: number): boolean {
    const { load, times } = this.#context;
    return atMs >= times.faultMs && atMs < times.faultMs + (load.pauseMs ?? 0);
  }

  #call(atMs: number): void {
    const { client, clock, startMs, load, random } = this.#context;
    const write = random() < load.writes;
    const number = this.#table.add(write, atMs);
    client.unary(write ? "write" : "read", callId(write, number), load.deadlineMs, (settlement) => {
      if (!this.#table.settle(number, clock.now() - startMs - atMs, settlement)) this.settledTwice++;
      else if (this.#allStarted && this.#table.open === 0) this.#empty.resolve();
    });
  }
}
