import type { Clock, Timer } from "@agent-team/grpc-client";
import { ecsNames } from "../aws-names.ts";
import { LocalCloudError } from "../errors.ts";
import type { Placement } from "../network/network.ts";
import type { Timing } from "../timing.ts";
import { type Deployment, Deployments, deploymentId } from "./deployments.ts";
import { type ServiceEvent, ServiceEvents } from "./service-events.ts";
import type { Task, TaskDescription } from "./task.ts";

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
  /** Launches a task there. Its readiness must be told by `didBecomeReady`, its end by `didEnd`. */
  readonly launch: (revision: number, placement: Placement) => Task;
}

// One machine has room for no more; the subnets have addresses for about 480.
const maxDesired = 200;
// Once could be an accident and twice a coincidence; whoever waits wants to know at the third.
const accidentsBeforeGivingUp = 3;
// With a backoff that doubles from 1 s: at most half a minute, where ECS's own throttle soon is.
const maxBackoffDoublings = 5;
// As many as have their log kept, so that whoever asks for the one finds the other. AWS: those of the last hour.
const keptEnded = 20;

/**
 * Keeps as many tasks of the newest revision as desired. Everything that happens leads to `#reconcile`, which compares
 * what is with what shall be; that alone makes rolling replacement: a new revision has no tasks yet, so all desired ones
 * are launched beside the old (maximum 200 %), which stop when the new are ready (minimum 100 %).
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

  /** Resolves when the service is steady: all desired tasks of the newest revision run, and no other does. */
  setDesired(desired: number): Promise<void> {
    if (!Number.isInteger(desired) || desired < 0 || desired > maxDesired) {
      throw new LocalCloudError(`desired: expected a whole number from 0 to ${maxDesired}, got ${desired}`);
    }
    this.#desired = desired;
    return this.steady();
  }

  /** Replaces all tasks. Resolves when the new ones run and the old ones have been told to stop. */
  roll(): Promise<void> {
    this.#deployments.begin();
    return this.steady();
  }

  /** Rejects at the third accident in a short time, with what that task wrote. */
  steady(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.add({ resolve, reject });
      this.#reconcile();
    });
  }

  /** Resolves when every task that was to be launched so far has its place and its process. */
  async placed(): Promise<void> {
    await Promise.all(this.#launches);
  }

  didBecomeReady(): void {
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
    this.#settle((waiter) => waiter.reject(new LocalCloudError(`${this.name}: the cloud was closed`)));
    await Promise.all(this.#launches);
    for (const task of this.#tasks) task.kill();
    await Promise.all(this.tasks().map((task) => task.ended));
  }

  #reconcile(): void {
    if (this.#closed) return;
    this.#deployments.retain(new Set(this.tasks().map((task) => task.revision)));
    const { revision } = this.#deployments.primary;
    const live = this.tasks().filter((task) => task.isLive);
    const current = live.filter((task) => task.revision === revision);
    const missing = this.#desired - current.length - this.#launches.size;
    if (missing > 0 && this.#backoff === undefined) for (let n = 0; n < missing; n++) this.#launch();
    for (const surplus of current.slice(this.#desired)) this.#stop(surplus, revision);
    const running = current.filter(({ state }) => state === "running").length;
    this.#noteSteadiness(running === this.#desired && this.#tasks.size === running);
    if (running < this.#desired) return;
    for (const old of live) if (old.revision !== revision) this.#stop(old, revision);
    this.#settle((waiter) => waiter.resolve());
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
    task.stop({ code: "ServiceSchedulerInitiated", text });
    this.#events.add(`has stopped 1 running tasks: (task ${task.id}).`);
  }

  #launch(): void {
    const launch = this.#placeAndLaunch()
      .catch((error: unknown) => this.#settle((waiter) => waiter.reject(error)))
      .finally(() => this.#launches.delete(launch));
    this.#launches.add(launch);
  }

  async #placeAndLaunch(): Promise<void> {
    const placement = await this.#options.place();
    if (this.#closed) return;
    const task = this.#options.launch(this.#deployments.primary.revision, placement);
    this.#tasks.add(task);
    this.#events.add(`has started 1 tasks: (task ${task.id}).`);
  }

  /** The first one is replaced at once, as chance has it; those that follow soon wait, longer each time. */
  #didHaveAccident(task: Task): void {
    const { clock, timing } = this.#options;
    if (clock.now() - this.#lastAccidentAt > timing.crashWindowMs) this.#accidents = 0;
    this.#lastAccidentAt = clock.now();
    this.#accidents++;
    this.#deployments.didFailTask(task.revision);
    if (this.#accidents > 1)
      this.#backOff(timing.crashBackoffMs * 2 ** Math.min(this.#accidents - 2, maxBackoffDoublings));
    if (this.#accidents < accidentsBeforeGivingUp) return;
    this.#events.add("is unable to consistently start tasks successfully.");
    const error = new LocalCloudError(describeAccidents(this.name, this.#accidents, task));
    this.#settle((waiter) => waiter.reject(error));
  }

  #backOff(delayMs: number): void {
    this.#backoff?.cancel();
    this.#backoff = this.#options.clock.setTimer(delayMs, () => {
      this.#backoff = undefined;
      this.#reconcile();
    });
  }

  #settle(settle: (waiter: Waiter) => void): void {
    for (const waiter of this.#waiting) settle(waiter);
    this.#waiting.clear();
  }
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

function describeAccidents(service: string, count: number, task: Task): string {
  const lines = task.lastLines().map((line) => `\n  ${line}`);
  return `${service} does not stay up: ${count} tasks ended, the last with ${task.describe().exit}. Its last lines:${lines.join("") || " none"}`;
}
