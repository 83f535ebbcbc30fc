import { FairPermits } from "../fair-permits.ts";
import { MAX_ACTIVE_RUNS, MAX_RUNNING_NODES } from "../limits.ts";
import { type RunLog, wasTaken } from "../run-log.ts";
import type { RunQueue } from "../run-queue.ts";
import { RunDriver } from "./driver.ts";
import type { RunTools } from "./run-node.ts";

/** Deferred runs that are looked at in one tick: of one owner without a place there may be thousands. */
const DEFERRED_PER_TICK = 10;

/** A parked run is looked at this often, however long it waits: the wall clock may be set meanwhile. */
const MAX_PARK_MS = 3_600_000;

/** Drives the runs of this instance. Bounds the active runs of an owner, and the nodes of all runs that execute at once. */
export class Runner {
  readonly #tools: RunTools;
  readonly #permits = new FairPermits(MAX_RUNNING_NODES);
  readonly #drivers = new Map<string, RunDriver>();
  readonly #ends = new Set<Promise<void>>();
  /** Runs that are driven here, by owner. */
  readonly #active = new Map<string, number>();

  readonly #queue: RunQueue;
  readonly #leaseMs: number;
  #isDraining = false;

  /** `leaseMs`: the lease of the queue. */
  constructor(tools: RunTools, queue: RunQueue, leaseMs: number) {
    this.#tools = tools;
    this.#queue = queue;
    this.#leaseMs = leaseMs;
  }

  /**
   * Renews the leases of the runs that are driven here, reads what other engines have appended to them, and continues the runs
   * that are due: the runs of engines that died, and parked ones.
   */
  async tick(): Promise<void> {
    await this.#queue.renew([...this.#drivers.keys()]);
    // Another engine may have appended a cancellation or a decision. After a pause, another one may drive these runs.
    for (const driver of this.#drivers.values()) driver.didChange();
    try {
      await this.#takeDue();
    } finally {
      await this.#takeDeferred(DEFERRED_PER_TICK);
    }
  }

  async #takeDue(): Promise<void> {
    if (!this.#isDraining) await this.#startAll(await this.#queue.takeDue());
  }

  async #takeDeferred(limit: number): Promise<void> {
    if (!this.#isDraining) await this.#startAll(await this.#queue.takeDeferred(limit));
  }

  /** Each for itself: one that cannot be started is due again after its lease. @throws the failure of the first of those, at the end */
  async #startAll(logs: readonly RunLog[]): Promise<void> {
    const failures: unknown[] = [];
    for (const log of logs) {
      if (this.#isDraining) break; // the others are due again after their lease
      // It may be driven here: the renewal before was late.
      if (this.#drivers.has(log.header.id)) continue;
      await this.start(log).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Drives a run that has been recorded; returns at once. A new run of an owner with MAX_ACTIVE_RUNS stays PENDING until one of
   * them has ended or waits. A run that was started has its place, also on the engine that takes it over.
   */
  async start(log: RunLog): Promise<void> {
    const { id, owner } = log.header;
    if (!wasTaken(log) && (this.#active.get(owner) ?? 0) >= MAX_ACTIVE_RUNS) return this.#queue.defer(id);
    const driver = new RunDriver(log, this.#tools, this.#permits, this.#isDraining ? 0 : this.#leaseMs);
    this.#active.set(owner, (this.#active.get(owner) ?? 0) + 1);
    this.#drivers.set(id, driver);
    const end = this.#drive(driver, log)
      .catch((error: unknown) =>
        this.#tools.logger.error({ err: error, runId: id }, "this instance stopped driving a run"),
      )
      .finally(() => {
        // A parked run may be driven here again already.
        if (this.#drivers.get(id) === driver) this.#drivers.delete(id);
        this.#ends.delete(end);
        this.#release(owner);
        // A place is free. When the store does not answer, the next tick looks.
        this.#takeDeferred(1).catch(() => {});
      });
    this.#ends.add(end);
  }

  async #drive(driver: RunDriver, log: RunLog): Promise<void> {
    const { id } = log.header;
    const outcome = await driver.drive();
    switch (outcome.kind) {
      case "superseded":
        this.#tools.logger.warn({ runId: id }, "another engine has taken over a run, because this one was late");
        return;
      case "parked":
        this.#drivers.delete(id); // its lease is not renewed any more
        return this.#park(log, outcome.wakeMs);
      case "ended":
        // A run that stays in the queue is removed by the engine that takes it: it has ended.
        await this.#queue.remove(id).catch(() => {});
        return;
      default:
        outcome satisfies never;
    }
  }

  /**
   * Puts a parked run to its moment. If that fails, the run is due when its lease ends, and is parked again. A decision that
   * was appended before the moment was set is read here; a later one sets the moment itself.
   */
  async #park(log: RunLog, wakeMs: number): Promise<void> {
    const { id } = log.header;
    const inMs = Math.max(0, wakeMs - this.#tools.clock.wallNow());
    const known = log.events.length;
    await this.#queue.wakeIn(id, Math.min(inMs, MAX_PARK_MS));
    await log.refresh();
    if (log.events.length > known && log.isParked) await this.#queue.wakeIn(id, 0);
  }

  /** A log has appended to a run: its driver reads that, or an engine continues the run when it is parked. */
  async didAppend(log: RunLog): Promise<void> {
    const { id } = log.header;
    const driver = this.#drivers.get(id);
    if (driver !== undefined) return driver.didChange();
    if (!log.isParked || log.hasEnded) return; // the engine that drives it reads its log at its next tick
    await this.#queue.wakeIn(id, 0);
    // The caller has its result: what fails here, and the failure of another run that is due, is met again by a tick.
    await this.#takeDue().catch(() => {});
  }

  /** Takes over no further run, and resolves when this instance drives none: its runs have ended or wait. */
  async drained(): Promise<void> {
    this.#isDraining = true;
    for (const driver of this.#drivers.values()) driver.parkSoon();
    while (this.#ends.size > 0) await Promise.all(this.#ends);
  }

  #release(owner: string): void {
    const count = (this.#active.get(owner) ?? 1) - 1;
    if (count === 0) this.#active.delete(owner);
    else this.#active.set(owner, count);
  }
}
