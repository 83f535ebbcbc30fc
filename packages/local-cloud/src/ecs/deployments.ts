import type { Clock } from "@agent-team/grpc-client";

/** One rollout of a service: the newest is the primary, older ones stay as long as a task of theirs does. */
export interface Deployment {
  /** Also that of its tasks. From 1. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** Whether the service was steady with it once. */
  readonly completed: boolean;
  /** Its tasks that ended by accident since it was last steady. */
  readonly failedTasks: number;
}

/** `ecs-svc/…`: a rollout's id, which its tasks name as what started them. */
export function deploymentId(revision: number): string {
  return `ecs-svc/${String(revision).padStart(19, "0")}`;
}

/** The rollouts of a service, newest first. */
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

  /** Forgets older ones without tasks. */
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
