import type { Clock, Timer } from "@agent-team/grpc-client";
import { ecsNames } from "../aws-names.ts";
import { LocalCloudError } from "../errors.ts";
import type { Placement } from "../placement.ts";
import { checkDesired } from "../services.ts";
import type { StopReason, TaskDescription } from "../task-description.ts";
import type { Timing } from "../timing.ts";
import { type Deployment, Deployments, deploymentId } from "./deployments.ts";
import { type ServiceEvent, ServiceEvents } from "./service-events.ts";
import type { Task } from "./task.ts";

/** A service as others see it: a value, taken at one moment. */
export interface ServiceDescription {
  readonly name: string;
  readonly desired: number;
  readonly createdAtMs: number;
  /** Newest first. The first one is the primary, to which the others give way. */
  readonly deployments: readonly Deployment[];
  /** Newest first. */
  readonly events: readonly ServiceEvent[];
}

export interface ServiceOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly timing: Timing;
  /** Finds a place for one more task. */
  readonly place: () => Promise<Placement>;
  /** Launches a task there. Changes of its state and its health must be reported to `didChange`, its end to `didEnd`. */
  readonly launch: (revision: number, placement: Placement) => Task;
  /** Whether one more task may start now. When that becomes true again, `didChange` must be called. */
  readonly mayLaunch: () => boolean;
  /** Called when a launch failed, so that others may start instead. */
  readonly onLaunchFailed: () => void;
  /** Why a task must be replaced though its process runs. */
  readonly diagnose: (task: Task) => Unhealthiness | undefined;
  /** Called when a task becomes unhealthy. */
  readonly onUnhealthy: (task: Task, unhealthiness: Unhealthiness) => void;
}

/** What the checks of a running task have found. */
export interface Unhealthiness {
  /** The service's event about it, in the words of ECS. */
  readonly event: string;
  readonly reason: StopReason;
}

// `maximumPercent` of our services, as a factor.
const maxShare = 2;
// Once could be an accident and twice a coincidence; whoever waits wants to know at the third.
const accidentsBeforeGivingUp = 3;
// With a backoff that doubles from 1 s: at most half a minute, where ECS's own throttle soon is.
const maxBackoffDoublings = 5;
// As many as have their log kept, so that whoever asks for the one finds the other. AWS: those of the last hour.
const keptEnded = 20;

/**
 * Keeps as many healthy tasks of the newest revision as desired. Everything that happens leads to `#reconcile`, which
 * compares the tasks that run with those that are desired. That alone makes rolling replacement: a new revision has no tasks
 * yet, so all desired ones are launched beside the old (maximum 200 %), which stop when the new are ready (minimum 100 %).
 * An unhealthy task is replaced in the same way: its replacement starts first, and it stops when the replacement is ready.
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
  /** Not yet tasks: their places are being prepared. */
  readonly #launches = new Set<Promise<void>>();
  /** Running tasks whose checks fail. */
  #unhealthy: ReadonlyMap<Task, Unhealthiness> = new Map();
  #accidents = 0;
  #lastAccidentAt = 0;
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

  /** The last ones that are no more, newest first. */
  endedTasks(): readonly TaskDescription[] {
    return this.#ended;
  }

  /** `desired`: 0 to 50. Resolves when the service is steady: all desired tasks of the newest revision run, and no other does. */
  setDesired(desired: number): Promise<void> {
    this.#desired = checkDesired("desired", desired);
    return this.steady();
  }

  /** Replaces all tasks. Resolves when the new ones run and the old ones have been told to stop. */
  roll(): Promise<void> {
    this.#deployments.begin();
    return this.steady();
  }

  /** Rejects at the third accident in a short time, with what that task wrote. */
  steady(): Promise<void> {
    return this.#until("steady");
  }

  /** Resolves when every desired task has its place and its process. Rejects as `steady` does. */
  placed(): Promise<void> {
    return this.#until("placed");
  }

  /** Tasks that start now. */
  get starting(): number {
    return this.#launches.size + this.tasks().filter(({ state }) => state === "provisioning").length;
  }

  /** A task's state or health has changed, or there is room for a task to start. */
  didChange(): void {
    this.#reconcile();
  }

  didEnd(task: Task): void {
    this.#tasks.delete(task);
    this.#ended.unshift(task.describe());
    this.#ended.splice(keptEnded);
    if (!task.wasAsked) this.#didHaveAccident(task);
    this.#reconcile();
  }

  /** Kills every task and resolves when the last process is gone. */
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
    const wanted = current.filter((task) => !this.#unhealthy.has(task));
    this.#launchMissing(this.#desired - wanted.length - this.#launches.size, current.length - wanted.length);
    for (const surplus of wanted.slice(this.#desired)) this.#stop(surplus, revision);
    this.#makeRoom(live, revision);
    const running = wanted.filter(({ state }) => state === "running").length;
    this.#noteSteadiness(running === this.#desired && this.#tasks.size === running);
    if (wanted.length >= this.#desired && this.#launches.size === 0) this.#resolve("placed");
    if (running < this.#desired) return;
    for (const old of live) if (old.revision !== revision || this.#unhealthy.has(old)) this.#stop(old, revision);
    this.#resolve("steady");
  }

  /** Finds the unhealthy ones among its tasks, and reports those that were not among them before. */
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
    // The last ones stand for the unhealthy.
    for (let n = 0; n < missing && this.#options.mayLaunch(); n++) this.#launch(n >= missing - unhealthy);
  }

  /**
   * AWS: "If any tasks are unhealthy and if maximumPercent doesn't allow the Amazon ECS scheduler to start replacement tasks,
   * the scheduler stops the unhealthy tasks one-by-one".
   */
  #makeRoom(live: readonly Task[], revision: number): void {
    const tooMany = live.length + this.#launches.size - maxShare * this.#desired;
    const unhealthy = live.filter((task) => this.#unhealthy.has(task));
    for (const task of unhealthy.slice(0, Math.max(0, tooMany))) this.#stop(task, revision);
  }

  /** ECS calls a service steady when nothing of it starts or stops any more, and a deployment complete with that. */
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

  /** The first one is replaced at once, as chance has it; those that follow soon wait, longer each time. */
  #didHaveAccident(task: Task): void {
    const { clock, timing } = this.#options;
    // A replacement that never gets ready ends after the start limit, and that is the next accident.
    if (clock.now() - this.#lastAccidentAt > timing.crashWindowMs + timing.startTimeoutMs) this.#accidents = 0;
    this.#lastAccidentAt = clock.now();
    this.#accidents++;
    this.#deployments.didFailTask(task.revision);
    if (this.#accidents > 1)
      this.#backOff(timing.crashBackoffMs * 2 ** Math.min(this.#accidents - 2, maxBackoffDoublings));
    if (this.#accidents < accidentsBeforeGivingUp) return;
    this.#events.add("is unable to consistently start tasks successfully.");
    this.#reject(new LocalCloudError(describeAccidents(this.name, this.#accidents, task)));
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

function describeAccidents(service: string, count: number, task: Task): string {
  const lines = task.lastLines().map((line) => `\n  ${line}`);
  return `${service} does not stay up: ${count} tasks ended, the last with ${task.describe().exit}. Its last lines:${lines.join("") || " none"}`;
}
