import { FairPermits } from "../fair-permits.ts";
import { MAX_ACTIVE_RUNS, MAX_RUNNING_NODES } from "../limits.ts";
import type { RunLog } from "../run-log.ts";
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

  constructor(tools: RunTools) {
    this.#tools = tools;
  }

  /** A place for one more run of an owner; `undefined` when the owner has MAX_ACTIVE_RUNS. */
  claim(owner: string): Claim | undefined {
    const count = this.#claims.get(owner) ?? 0;
    if (count >= MAX_ACTIVE_RUNS) return undefined;
    this.#claims.set(owner, count + 1);
    return { release: () => this.#release(owner) };
  }

  /** Drives a run that has been recorded; returns at once. */
  start(log: RunLog, claim: Claim): void {
    const { id } = log.header;
    const driver = new RunDriver(log, this.#tools, this.#permits);
    this.#drivers.set(id, driver);
    const end = driver
      .drive()
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

  /** Another log has appended to a run. No effect on a run that is not driven here. */
  didChange(runId: string): void {
    this.#drivers.get(runId)?.didChange();
  }

  /** Resolves when this instance drives no run. */
  async drained(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(this.#ends);
  }

  #release(owner: string): void {
    const count = (this.#claims.get(owner) ?? 1) - 1;
    if (count === 0) this.#claims.delete(owner);
    else this.#claims.set(owner, count);
  }
}
