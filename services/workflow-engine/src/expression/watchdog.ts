import type { Worker } from "node:worker_threads";
import type { Clock, Timer } from "@agent-team/grpc-client";

/** What the wall clock may show for each millisecond of CPU time that is allowed: the share of a very busy machine. */
const wallPerCpu = 10;

/**
 * Says when a worker has used its CPU time. CPU and not wall time, so that a busy machine does not fail an honest
 * expression; wall time only as the last word, should the worker hang without working.
 */
export class Watchdog {
  /** Resolves when the limit has passed, unless `cancel` came first. */
  readonly overrun: Promise<void>;
  readonly #worker: Worker;
  readonly #clock: Clock;
  readonly #endMs: number;
  readonly #lastMs: number;
  readonly #resolve: () => void;
  #timer: Timer;
  #canceled = false;

  /** `usedMs`: the CPU time that the worker had used before. */
  constructor(worker: Worker, { clock, limitMs, usedMs }: { clock: Clock; limitMs: number; usedMs: number }) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.overrun = promise;
    this.#resolve = resolve;
    this.#worker = worker;
    this.#clock = clock;
    this.#endMs = usedMs + limitMs;
    this.#lastMs = clock.now() + limitMs * wallPerCpu;
    this.#timer = this.#wakeAfter(limitMs);
  }

  cancel(): void {
    this.#canceled = true;
    this.#timer.cancel();
  }

  #wakeAfter(delayMs: number): Timer {
    return this.#clock.setTimer(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    // Readable from outside even while the worker loops. A worker that has gone away is reported by its exit.
    const usage = await this.#worker.cpuUsage().catch(() => undefined);
    if (this.#canceled || usage === undefined) return;
    const leftMs = this.#endMs - (usage.user + usage.system) / 1000;
    if (leftMs <= 0 || this.#clock.now() >= this.#lastMs) this.#resolve();
    else this.#timer = this.#wakeAfter(Math.ceil(leftMs));
  }
}
