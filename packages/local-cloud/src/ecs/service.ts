import type { Clock, Timer } from "@agent-team/grpc-client";
import { LocalCloudError } from "../errors.ts";
import type { Placement } from "../network/network.ts";
import type { Timing } from "../timing.ts";
import type { Task } from "./task.ts";

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

/**
 * Keeps as many tasks of the newest revision as desired. Everything that happens leads to `#reconcile`, which compares
 * what is with what shall be; that alone makes rolling replacement: a new revision has no tasks yet, so all desired ones
 * are launched beside the old (maximum 200 %), which stop when the new are ready (minimum 100 %).
 */
export class Service {
  readonly name: string;
  readonly #options: ServiceOptions;
  readonly #tasks = new Set<Task>();
  readonly #waiting = new Set<Waiter>();
  #desired: number;
  #revision = 1;
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
  }

  tasks(): readonly Task[] {
    return [...this.#tasks];
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
    this.#revision++;
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
    const live = this.tasks().filter((task) => task.isLive);
    const current = live.filter(({ revision }) => revision === this.#revision);
    const missing = this.#desired - current.length - this.#launches.size;
    if (missing > 0 && this.#backoff === undefined) for (let n = 0; n < missing; n++) this.#launch();
    for (const surplus of current.slice(this.#desired)) surplus.stop();
    const running = current.filter(({ state }) => state === "running").length;
    if (running < this.#desired) return;
    for (const old of live) if (old.revision !== this.#revision) old.stop();
    this.#settle((waiter) => waiter.resolve());
  }

  #launch(): void {
    const launch = this.#placeAndLaunch()
      .catch((error: unknown) => this.#settle((waiter) => waiter.reject(error)))
      .finally(() => this.#launches.delete(launch));
    this.#launches.add(launch);
  }

  async #placeAndLaunch(): Promise<void> {
    const placement = await this.#options.place();
    if (!this.#closed) this.#tasks.add(this.#options.launch(this.#revision, placement));
  }

  /** The first one is replaced at once, as chance has it; those that follow soon wait, longer each time. */
  #didHaveAccident(task: Task): void {
    const { clock, timing } = this.#options;
    if (clock.now() - this.#lastAccidentAt > timing.crashWindowMs) this.#accidents = 0;
    this.#lastAccidentAt = clock.now();
    this.#accidents++;
    if (this.#accidents > 1)
      this.#backOff(timing.crashBackoffMs * 2 ** Math.min(this.#accidents - 2, maxBackoffDoublings));
    if (this.#accidents < accidentsBeforeGivingUp) return;
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
