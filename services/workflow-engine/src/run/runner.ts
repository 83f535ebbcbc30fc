import { FairPermits } from "../fair-permits.ts";
import { maxActiveRuns, maxRunningNodes } from "../limits.ts";
import type { RunLog } from "../store/run-log.ts";
import { RunDriver } from "./driver.ts";
import type { RunTools } from "./run-node.ts";

/** Room for one run; to be used by `start`, or given back. */
export interface Claim {
  release(): void;
}

/** The runs that this instance drives. Bounded per owner and in all. */
export class Runner {
  readonly #tools: RunTools;
  readonly #permits = new FairPermits(maxRunningNodes);
  readonly #drivers = new Map<string, RunDriver>();
  readonly #ends = new Set<Promise<void>>();
  readonly #claims = new Map<string, number>();

  constructor(tools: RunTools) {
    this.#tools = tools;
  }

  /** Room for one more run of an owner; `undefined` when it has as many as it may. */
  claim(owner: string): Claim | undefined {
    const count = this.#claims.get(owner) ?? 0;
    if (count >= maxActiveRuns) return undefined;
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
      .catch((error: unknown) => this.#tools.logger.error({ err: error, runId: id }, "a run was given up"))
      .finally(() => {
        this.#drivers.delete(id);
        this.#ends.delete(end);
        claim.release();
      });
    this.#ends.add(end);
  }

  /** The log of a run has grown through somebody else. Of no effect when the run is not driven here. */
  didChange(runId: string): void {
    this.#drivers.get(runId)?.didChange();
  }

  /** Resolves when no run is driven here any more. */
  async drained(): Promise<void> {
    while (this.#ends.size > 0) await Promise.all(this.#ends);
  }

  #release(owner: string): void {
    const count = (this.#claims.get(owner) ?? 1) - 1;
    if (count === 0) this.#claims.delete(owner);
    else this.#claims.set(owner, count);
  }
}
