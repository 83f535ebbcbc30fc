import { randomBytes } from "node:crypto";
import { type Clock, delay, type Timer } from "@agent-team/foundation/clock";
import { formatHostPort, type HostPort } from "@agent-team/foundation/host-port";
import { HealthCheck } from "../health-check.ts";
import { type CheckFailure, checkHttp, describeFailure } from "../http-check.ts";
import type { Placement } from "../placement.ts";
import type { StopReason, TaskDescription, TaskState } from "../task-description.ts";
import type { Timing } from "../timing.ts";
import { TaskLog } from "./task-log.ts";
import { startTaskProcess, type TaskExit, type TaskProcess } from "./task-process.ts";

export interface TaskOptions {
  readonly service: string;
  readonly revision: number;
  readonly program: string;
  readonly placement: Placement;
  /** Builds all variables of the program from the task's id. */
  readonly environment: (taskId: string) => Readonly<Record<string, string>>;
  readonly logFolder: string;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly onChange: (task: Task, previous: TaskState) => void;
  /** Called after the container's health has changed, and at the end of the grace period. */
  readonly onHealthChange: () => void;
  /** Time after the task became ready in which failing health checks do not replace it. */
  readonly gracePeriodMs: number;
}

/** A task listens some hundred milliseconds after its launch: this adds little delay and little load. */
const READINESS_POLL_MS = 50;
// As in infra/. A check depends on the machine, so the `speed` of the cloud does not divide its timeout.
const READINESS_TIMEOUT_MS = 2_000;
const CONTAINER_TIMEOUT_MS = 5_000;
const CONTAINER_RETRIES = 3;

/**
 * One task: a process, its state and its health checks. `onChange` is called during each transition, so that the task is
 * registered and deregistered at the same moment.
 *
 *   provisioning ──/readyz 200──► running ──stop()──► draining ──exit──► stopped
 *        │                           │                                     ▲
 *        └──── exit, kill(), start ──┴──────── exit, kill() ───────────────┘
 *              deadline
 */
export class Task {
  readonly id: string = randomBytes(16).toString("hex");
  readonly service: string;
  readonly revision: number;
  readonly placement: Placement;
  /** Resolves when the process has ended. */
  readonly ended: Promise<TaskExit>;
  /** Whether `stop` or `kill` was called. A task that ends without it has failed. */
  stopRequested = false;
  readonly #options: TaskOptions;
  readonly #log: TaskLog;
  readonly #process: TaskProcess;
  #state: TaskState = "provisioning";
  #exit: TaskExit | undefined;
  #stopReason: StopReason | undefined;
  readonly #enteredAtMs: Partial<Record<TaskState, number>>;
  #containerCheck: HealthCheck | undefined;
  #gracePeriod: Timer | undefined;
  /** Why the process was killed before it was ready; empty otherwise. */
  #startFailure = "";

  constructor(options: TaskOptions) {
    this.service = options.service;
    this.revision = options.revision;
    this.placement = options.placement;
    this.#options = options;
    this.#enteredAtMs = { provisioning: options.clock.wallNow() };
    this.#log = new TaskLog(options.logFolder, options.service, this.id);
    this.#process = startTaskProcess(options.program, options.environment(this.id), this.#log, options.clock);
    this.ended = this.#process.exited.then((exit) => this.#didExit(exit));
    void this.#awaitReadiness();
  }

  get state(): TaskState {
    return this.#state;
  }

  /** Whether it counts towards the desired count: provisioning or running. */
  get isLive(): boolean {
    return this.#state === "provisioning" || this.#state === "running";
  }

  /** Whether failing health checks do not replace it yet. */
  get isInGracePeriod(): boolean {
    return this.#gracePeriod !== undefined;
  }

  /** Why the container is unhealthy; undefined when it is not. */
  get containerFailure(): CheckFailure | undefined {
    return this.#containerCheck?.failure;
  }

  lastLines(): readonly string[] {
    return this.#log.lastLines();
  }

  describe(): TaskDescription {
    const { id, service, revision } = this;
    return {
      ...this.placement,
      id,
      service,
      revision,
      state: this.#state,
      pid: this.#process.pid,
      containerHealth: this.#containerCheck?.health ?? "initial",
      exit: this.#exit && `${this.#exit.text}${this.#startFailure}`,
      exitCode: this.#exit?.code,
      stopReason: this.#stopReason,
      enteredAtMs: { ...this.#enteredAtMs },
    };
  }

  /** Drains it: deregistration and SIGTERM at the same moment, SIGKILL after the stop timeout. */
  stop(reason: StopReason): void {
    if (!this.isLive) return;
    this.stopRequested = true;
    this.#stopReason = reason;
    this.#transition("draining");
    this.#process.signal("SIGTERM");
    const { clock, timing } = this.#options;
    const timer = clock.setTimer(timing.stopTimeoutMs, () => this.#process.signal("SIGKILL"), { unref: true });
    void this.ended.then(() => timer.cancel());
  }

  /** SIGKILL, as when its host fails: the task is deregistered only after the process has ended. */
  kill(): void {
    this.stopRequested = true;
    this.#process.signal("SIGKILL");
  }

  /** The limit counts from this task's launch, however many others start at the same time. */
  async #awaitReadiness(): Promise<void> {
    const { clock, timing } = this.#options;
    const deadline = clock.now() + timing.startTimeoutMs;
    while (this.#state === "provisioning") {
      const failure = await checkHttp(this.#healthAddress, { path: "/readyz", timeoutMs: READINESS_TIMEOUT_MS, clock });
      if (this.#state !== "provisioning") return;
      if (failure === undefined) return this.#didBecomeReady();
      if (clock.now() > deadline) return this.#giveUp(failure);
      await delay(clock, READINESS_POLL_MS);
    }
  }

  #didBecomeReady(): void {
    const { clock, timing, gracePeriodMs, onHealthChange } = this.#options;
    const endGracePeriod = (): void => {
      this.#gracePeriod = undefined;
      onHealthChange();
    };
    if (gracePeriodMs > 0) this.#gracePeriod = clock.setTimer(gracePeriodMs, endGracePeriod, { unref: true });
    this.#containerCheck = new HealthCheck({
      check: () => checkHttp(this.#healthAddress, { path: "/livez", timeoutMs: CONTAINER_TIMEOUT_MS, clock }),
      intervalMs: timing.containerCheckIntervalMs,
      healthyThreshold: 1,
      unhealthyThreshold: CONTAINER_RETRIES,
      clock,
      onChange: onHealthChange,
    });
    this.#transition("running");
  }

  #giveUp(failure: CheckFailure): void {
    const seconds = this.#options.timing.startTimeoutMs / 1_000;
    const check = `GET http://${formatHostPort(this.#healthAddress)}/readyz`;
    this.#startFailure = `, since it was not ready ${seconds} s after its start (${check}: ${describeFailure(failure)})`;
    this.#stopReason = { code: "ServiceSchedulerInitiated", text: "Task failed container health checks" };
    this.#process.signal("SIGKILL");
  }

  get #healthAddress(): HostPort {
    return { host: this.placement.host, port: this.placement.healthPort };
  }

  #didExit(exit: TaskExit): TaskExit {
    this.#exit = exit;
    this.#stopReason ??= { code: "EssentialContainerExited", text: "Essential container in task exited" };
    this.#transition("stopped");
    this.#log.close();
    return exit;
  }

  #transition(next: TaskState): void {
    const previous = this.#state;
    this.#state = next;
    if (next !== "running") this.#endChecks();
    this.#enteredAtMs[next] = this.#options.clock.wallNow();
    this.#options.onChange(this, previous);
  }

  #endChecks(): void {
    this.#gracePeriod?.cancel();
    this.#gracePeriod = undefined;
    this.#containerCheck?.close();
    this.#containerCheck = undefined;
  }
}
