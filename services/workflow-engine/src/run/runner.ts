import { FairPermits } from "../fair-permits.ts";
import { MAX_ACTIVE_RUNS, MAX_RUNNING_NODES } from "../limits.ts";
import type { RunLog } from "../run-log.ts";
import type { RunQueue } from "../run-queue.ts";
import { RunDriver } from "./driver.ts";
import type { RunTools } from "./run-node.ts";

/** The place of one active run. Pass it to `start`, or release it. */
export interface Claim {
  release(): void;
}

/** Drives the runs of this instance. Bounds the active runs of an owner, and the nodes of all runs that execute at once. */
export class Runner {
  readonly #tools: RunTools;
  readonly #permits = new FairPermits(MAX_RUNNING_NODES);
  readonly #drivers = new Map<string, RunDriver>();
  readonly #ends = new Set<Promise<void>>();
  readonly #claims = new Map<string, number>();

  readonly #queue: RunQueue;
  readonly #leaseMs: number;
  #isDraining = false;
  #renewedMs: number;

  /** `leaseMs`: the lease of the queue. */
  constructor(tools: RunTools, queue: RunQueue, leaseMs: number) {
    this.#tools = tools;
    this.#queue = queue;
    this.#leaseMs = leaseMs;
    this.#renewedMs = tools.clock.now();
  }

  /** Renews the leases of the runs that are driven here, and takes over the runs of engines that died. */
  async tick(): Promise<void> {
    const nowMs = this.#tools.clock.now();
    const isLate = nowMs - this.#renewedMs >= this.#leaseMs;
    await this.#queue.renew([...this.#drivers.keys()]);
    this.#renewedMs = nowMs;
    // After a pause other engines may drive these runs: each driver reads its log, and stops if so.
    if (isLate) for (const driver of this.#drivers.values()) driver.didChange();
    if (this.#isDraining) return;
    for (const log of await this.#queue.takeDue()) {
      // It may be driven here: the renewal before was late.
      if (!this.#drivers.has(log.header.id)) this.start(log, this.#claimAnyway(log.header.owner));
    }
  }

  /** A place for one more run of an owner; `undefined` when the owner has MAX_ACTIVE_RUNS. */
  claim(owner: string): Claim | undefined {
    const count = this.#claims.get(owner) ?? 0;
    return count >= MAX_ACTIVE_RUNS ? undefined : this.#claimAnyway(owner);
  }

  /** A run that was started has its place, also on the engine that takes it over. */
  #claimAnyway(owner: string): Claim {
    this.#claims.set(owner, (this.#claims.get(owner) ?? 0) + 1);
    return { release: () => this.#release(owner) };
  }

  /** Drives a run that has been recorded; returns at once. */
  start(log: RunLog, claim: Claim): void {
    const { id } = log.header;
    const driver = new RunDriver(log, this.#tools, this.#permits);
    this.#drivers.set(id, driver);
    const end = this.#drive(driver, id)
      .catch((error: unknown) =>
        this.#tools.logger.error({ err: error, runId: id }, "this instance stopped driving a run"),
      )
      .finally(() => {
        this.#drivers.delete(id);
        this.#ends.delete(end);
        claim.release();
      });
    this.#ends.add(end);
  }

  async #drive(driver: RunDriver, id: string): Promise<void> {
    const outcome = await driver.drive();
    if (outcome === "superseded") {
      this.#tools.logger.warn({ runId: id }, "another engine has taken over a run, because this one was late");
      return;
    }
    // A run that stays in the queue is removed by the engine that takes it: it has ended.
    await this.#queue.remove(id).catch(() => {});
  }

  /** Another log has appended to a run. No effect on a run that is not driven here. */
  didChange(runId: string): void {
    this.#drivers.get(runId)?.didChange();
  }

  /** Takes over no further run, and resolves when this instance drives none. */
  async drained(): Promise<void> {
    this.#isDraining = true;
    while (this.#ends.size > 0) await Promise.all(this.#ends);
  }

  #release(owner: string): void {
    const count = (this.#claims.get(owner) ?? 1) - 1;
    if (count === 0) this.#claims.delete(owner);
    else this.#claims.set(owner, count);
  }
}
