import type { Clock } from "@agent-team/foundation/clock";

/** One rollout of a service. The newest is the primary; an older one stays while one of its tasks runs. */
export interface Deployment {
  /** The revision of its tasks, from 1. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Whether the service has reached a steady state with it. */
  readonly completed: boolean;
  /** Tasks that failed since the last steady state. */
  readonly failedTasks: number;
}

/** `ecs-svc/…`: the id of a deployment, and `startedBy` of its tasks. */
export function deploymentId(revision: number): string {
  return `ecs-svc/${String(revision).padStart(19, "0")}`;
}

/** The deployments of a service, newest first. */
export class Deployments {
  readonly #clock: Clock;
  #all: readonly Deployment[];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#all = [this.#create(1)];
  }

  get primary(): Deployment {
    return this.#all[0] as Deployment;
  }

  list(): readonly Deployment[] {
    return this.#all;
  }

  begin(): void {
    this.#all = [this.#create(this.primary.revision + 1), ...this.#all];
  }

  didComplete(): void {
    this.#change(this.primary.revision, { completed: true, failedTasks: 0 });
  }

  didFailTask(revision: number): void {
    const failedTasks = this.#all.find((each) => each.revision === revision)?.failedTasks ?? 0;
    this.#change(revision, { failedTasks: failedTasks + 1 });
  }

  /** Removes older deployments without tasks. `revisions`: those that have tasks. */
  retain(revisions: ReadonlySet<number>): void {
    this.#all = this.#all.filter((each) => each === this.primary || revisions.has(each.revision));
  }

  #create(revision: number): Deployment {
    const atMs = this.#clock.wallNow();
    return { revision, createdAtMs: atMs, updatedAtMs: atMs, completed: false, failedTasks: 0 };
  }

  #change(revision: number, change: Partial<Deployment>): void {
    const updatedAtMs = this.#clock.wallNow();
    this.#all = this.#all.map((each) => (each.revision === revision ? { ...each, ...change, updatedAtMs } : each));
  }
}
