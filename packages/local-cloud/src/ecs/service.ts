import type { Clock, Timer } from "@agent-team/foundation/clock";
import { ecsNames } from "../aws-names.ts";
import { LocalCloudError } from "../errors.ts";
import type { Placement } from "../placement.ts";
import { checkDesired } from "../services.ts";
import type { StopReason, TaskDescription } from "../task-description.ts";
import type { Timing } from "../timing.ts";
import { type Deployment, Deployments, deploymentId } from "./deployments.ts";
import { type ServiceEvent, ServiceEvents } from "./service-events.ts";
import type { Task } from "./task.ts";

/** A snapshot of one service. */
export interface ServiceDescription {
  readonly name: string;
  readonly desired: number;
  readonly createdAtMs: number;
  /** Newest first. The first one is the primary; the tasks of the others are being replaced. */
  readonly deployments: readonly Deployment[];
  /** Newest first. */
  readonly events: readonly ServiceEvent[];
}

export interface ServiceOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly timing: Timing;
  /** Assigns an address to one more task. */
  readonly place: () => Promise<Placement>;
  /** Launches a task. Changes of its state and health must be reported to `didChange`, its end to `didEnd`. */
  readonly launch: (revision: number, placement: Placement) => Task;
  /** Whether one more task may start now. When this becomes true, `didChange` must be called. */
  readonly mayLaunch: () => boolean;
  /** Called after a failed launch: a task of another service may start instead. */
  readonly onLaunchFailed: () => void;
  /** Why a running task must be replaced; undefined when it is healthy. */
  readonly diagnose: (task: Task) => Unhealthiness | undefined;
  /** Called when a task becomes unhealthy. */
  readonly onUnhealthy: (task: Task, unhealthiness: Unhealthiness) => void;
}

/** Why the health checks of a running task fail. */
export interface Unhealthiness {
  /** The message of the service's event. */
  readonly event: string;
  readonly reason: StopReason;
}

/** `maximumPercent` of the services in infra/, as a factor. */
const MAX_SHARE = 2;
/** Failed tasks after which `steady` rejects: a single failure can be transient, a third in a short time is not. */
const FAILURES_BEFORE_REJECT = 3;
/** With a backoff that doubles from 1 s: at most 32 s. No jitter (`Backoff` of foundation has it): ECS throttles by fixed steps. */
const MAX_BACKOFF_DOUBLINGS = 5;
/** Ended tasks that the API still describes. `TaskLog` keeps as many logs. AWS: the tasks of the last hour. */
const MAX_ENDED_TASKS = 20;

/**
 * Keeps the desired number of healthy tasks of the newest revision. Every event leads to `#reconcile`, which compares the
 * running tasks with the desired ones. Rolling replacement follows from it: a new revision has no tasks yet, so all desired
 * tasks are launched beside the old ones (maximum 200 %), which stop when the new ones are ready (minimum 100 %). An
 * unhealthy task is replaced in the same way: it stops when its replacement is ready.
 */
export class Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  readonly #tasks = new Set<Task>();
  readonly #ended: TaskDescription[] = [];
  readonly #events: ServiceEvents;
  readonly #deployments: Deployments;
  readonly #createdAtMs: number;
  readonly #waiting = new Set<Waiter>();
  #desired: number;
  #steady = false;
  /** Launches that have no task yet, because their address is being assigned. */
  readonly #launches = new Set<Promise<void>>();
  /** Running tasks with failing health checks. */
  #unhealthy: ReadonlyMap<Task, Unhealthiness> = new Map();
  #failures = 0;
  #lastFailureAtMs = 0;
  #backoff: Timer | undefined;
  #closed = false;

  constructor(desired: number, options: ServiceOptions) {
    this.name = options.name;
    this.#desired = desired;
    this.#options = options;
    this.#events = new ServiceEvents(ecsNames.service(options.name), options.clock);
    this.#deployments = new Deployments(options.clock);
    this.#createdAtMs = options.clock.wallNow();
  }

  describe(): ServiceDescription {
    return {
      name: this.name,
      desired: this.#desired,
      createdAtMs: this.#createdAtMs,
      deployments: this.#deployments.list(),
      events: this.#events.list(),
    };
  }

  tasks(): readonly Task[] {
    return [...this.#tasks];
  }

  /** The latest ended tasks, newest first. */
  endedTasks(): readonly TaskDescription[] {
    return this.#ended;
  }

  /** `desired`: 0 to 50. Resolves when all desired tasks of the newest revision run and every other task drains. */
  setDesired(desired: number): Promise<void> {
    this.#desired = checkDesired("desired", desired);
    return this.steady();
  }

  /** Replaces all tasks. Resolves when the new ones run and the old ones drain. */
  roll(): Promise<void> {
    this.#deployments.begin();
    return this.steady();
  }

  /** Rejects at the third failed task in a short time, with the last lines of its log. */
  steady(): Promise<void> {
    return this.#until("steady");
  }

  /** Resolves when every desired task has an address and a process. Rejects as `steady` does. */
  placed(): Promise<void> {
    return this.#until("placed");
  }

  /** Number of tasks that are starting. */
  get starting(): number {
    return this.#launches.size + this.tasks().filter(({ state }) => state === "provisioning").length;
  }

  /** A task's state or health has changed, or one more task may start. */
  didChange(): void {
    this.#reconcile();
  }

  didEnd(task: Task): void {
    this.#tasks.delete(task);
    this.#ended.unshift(task.describe());
    this.#ended.splice(MAX_ENDED_TASKS);
    if (!task.stopRequested) this.#didFail(task);
    this.#reconcile();
  }

  /** Kills every task. Resolves when the last process has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#backoff?.cancel();
    this.#reject(new LocalCloudError(`${this.name}: the cloud was closed`));
    await Promise.all(this.#launches);
    for (const task of this.#tasks) task.kill();
    await Promise.all(this.tasks().map((task) => task.ended));
  }

  #until(stage: Waiter["stage"]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ stage, resolve, reject });
      this.#reconcile();
    });
  }

  #reconcile(): void {
    if (this.#closed) return;
    this.#deployments.retain(new Set(this.tasks().map((task) => task.revision)));
    const { revision } = this.#deployments.primary;
    const live = this.tasks().filter((task) => task.isLive);
    this.#diagnose(live);
    const current = live.filter((task) => task.revision === revision);
    const healthy = current.filter((task) => !this.#unhealthy.has(task));
    this.#launchMissing(this.#desired - healthy.length - this.#launches.size, current.length - healthy.length);
    for (const task of healthy.slice(this.#desired)) this.#stop(task, revision);
    this.#stopUnhealthyAboveMaximum(live, revision);
    const running = healthy.filter(({ state }) => state === "running").length;
    this.#noteSteadiness(running === this.#desired && this.#tasks.size === running);
    if (healthy.length >= this.#desired && this.#launches.size === 0) this.#resolve("placed");
    if (running < this.#desired) return;
    for (const old of live) if (old.revision !== revision || this.#unhealthy.has(old)) this.#stop(old, revision);
    this.#resolve("steady");
  }

  /** Updates the set of unhealthy tasks, and emits an event for each new one. */
  #diagnose(live: readonly Task[]): void {
    const before = this.#unhealthy;
    const found = live.map((task) => [task, this.#options.diagnose(task)] as const);
    this.#unhealthy = new Map(
      found.flatMap(([task, unhealthy]) => (unhealthy === undefined ? [] : [[task, unhealthy]])),
    );
    for (const [task, unhealthy] of this.#unhealthy) {
      if (before.has(task)) continue;
      this.#events.add(unhealthy.event);
      this.#options.onUnhealthy(task, unhealthy);
    }
  }

  #launchMissing(missing: number, unhealthy: number): void {
    if (this.#backoff !== undefined) return;
    // The last launches replace the unhealthy tasks.
    for (let n = 0; n < missing && this.#options.mayLaunch(); n++) this.#launch(n >= missing - unhealthy);
  }

  /**
   * AWS: "If any tasks are unhealthy and if maximumPercent doesn't allow the Amazon ECS scheduler to start replacement tasks,
   * the scheduler stops the unhealthy tasks one-by-one".
   */
  #stopUnhealthyAboveMaximum(live: readonly Task[], revision: number): void {
    const surplus = live.length + this.#launches.size - MAX_SHARE * this.#desired;
    const unhealthy = live.filter((task) => this.#unhealthy.has(task));
    for (const task of unhealthy.slice(0, Math.max(0, surplus))) this.#stop(task, revision);
  }

  /** ECS: a service is steady when none of its tasks starts or stops; then its deployment is complete. */
  #noteSteadiness(steady: boolean): void {
    const { completed, revision } = this.#deployments.primary;
    if (steady && !(this.#steady && completed)) {
      this.#deployments.didComplete();
      if (!completed) this.#events.add(`(deployment ${deploymentId(revision)}) deployment completed.`);
      this.#events.add("has reached a steady state.");
    }
    this.#steady = steady;
  }

  #stop(task: Task, revision: number): void {
    const text = `Scaling activity initiated by (deployment ${deploymentId(revision)})`;
    const unhealthy = this.#unhealthy.get(task);
    if (unhealthy !== undefined) this.#deployments.didFailTask(task.revision);
    task.stop(unhealthy?.reason ?? { code: "ServiceSchedulerInitiated", text });
    this.#events.add(`has stopped 1 running tasks: (task ${task.id}).`);
  }

  #launch(replacesUnhealthy: boolean): void {
    const launch = this.#placeAndLaunch(replacesUnhealthy).then(
      () => {
        this.#launches.delete(launch);
        this.#reconcile();
      },
      (error: unknown) => {
        this.#launches.delete(launch);
        this.#reject(error);
        this.#options.onLaunchFailed();
      },
    );
    this.#launches.add(launch);
  }

  async #placeAndLaunch(replacesUnhealthy: boolean): Promise<void> {
    const placement = await this.#options.place();
    if (this.#closed) return;
    const task = this.#options.launch(this.#deployments.primary.revision, placement);
    this.#tasks.add(task);
    const why = replacesUnhealthy ? " Amazon ECS replaced 1 tasks due to an unhealthy status." : "";
    this.#events.add(`has started 1 tasks: (task ${task.id}).${why}`);
  }

  /** The first failed task is replaced at once, each further one within a short time after a longer backoff. */
  #didFail(task: Task): void {
    const { clock, timing } = this.#options;
    // A replacement that never becomes ready ends at the start limit, which counts as the next failure.
    if (clock.now() - this.#lastFailureAtMs > timing.crashWindowMs + timing.startTimeoutMs) this.#failures = 0;
    this.#lastFailureAtMs = clock.now();
    this.#failures++;
    this.#deployments.didFailTask(task.revision);
    if (this.#failures > 1)
      this.#backOff(timing.crashBackoffMs * 2 ** Math.min(this.#failures - 2, MAX_BACKOFF_DOUBLINGS));
    if (this.#failures < FAILURES_BEFORE_REJECT) return;
    this.#events.add("is unable to consistently start tasks successfully.");
    this.#reject(new LocalCloudError(describeFailures(this.name, this.#failures, task)));
  }

  #backOff(delayMs: number): void {
    this.#backoff?.cancel();
    this.#backoff = this.#options.clock.setTimer(delayMs, () => {
      this.#backoff = undefined;
      this.#reconcile();
    });
  }

  #resolve(stage: Waiter["stage"]): void {
    for (const waiter of this.#waiting) {
      if (waiter.stage !== stage) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }

  #reject(error: unknown): void {
    for (const waiter of this.#waiting) waiter.reject(error);
    this.#waiting.clear();
  }
}

interface Waiter {
  readonly stage: "placed" | "steady";
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function describeFailures(service: string, count: number, task: Task): string {
  const lines = task.lastLines().map((line) => `\n  ${line}`);
  return `${service} does not stay up: ${count} tasks ended, the last with ${task.describe().exit}. Its last lines:${lines.join("") || " none"}`;
}
