import { randomBytes } from "node:crypto";
import { type Clock, delay, type Timer } from "@agent-team/grpc-client";
import { HealthCheck } from "../health-check.ts";
import type { HostPort } from "../host-port.ts";
import { formatHostPort } from "../host-port.ts";
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
  /** All variables of the program; it gets the task's id to build them. */
  readonly environment: (taskId: string) => Readonly<Record<string, string>>;
  readonly logFolder: string;
  readonly timing: Timing;
  readonly clock: Clock;
  readonly onChange: (task: Task, previous: TaskState) => void;
  /** Called after the container's health has changed, and when the grace period has ended. */
  readonly onHealthChange: () => void;
  /** How long after its start in service the task's checks may fail without consequence. */
  readonly gracePeriodMs: number;
}

// A starting task binds some hundred milliseconds after its launch: often enough not to add to that, too seldom to slow it.
const readinessPollMs = 50;
// Those of our Terraform. A check is bound to the speed of the machine, so the local cloud's speed does not divide its timeout.
const readinessTimeoutMs = 2_000;
const containerTimeoutMs = 5_000;
const containerRetries = 3;

/**
 * One process and its life. `onChange` is called in the middle of each transition, so that whoever registers and
 * deregisters the task does so in the same instant.
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
  /** Resolves when the process is gone. */
  readonly ended: Promise<TaskExit>;
  /** Whether someone asked it to end; an end that nobody asked for is an accident. */
  wasAsked = false;
  readonly #options: TaskOptions;
  readonly #log: TaskLog;
  readonly #process: TaskProcess;
  #state: TaskState = "provisioning";
  #exit: TaskExit | undefined;
  #stopReason: StopReason | undefined;
  readonly #enteredAtMs: Partial<Record<TaskState, number>>;
  #containerCheck: HealthCheck | undefined;
  #gracePeriod: Timer | undefined;
  /** Why its process was killed before it was ready. */
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

  /** Counts for its service: starting or serving. */
  get isLive(): boolean {
    return this.#state === "provisioning" || this.#state === "running";
  }

  /** Whether failed checks have no consequence yet. */
  get isInGracePeriod(): boolean {
    return this.#gracePeriod !== undefined;
  }

  /** Why the container is unhealthy; undefined while it is not. */
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

  /** Asks it to drain: deregistration and SIGTERM in the same instant, SIGKILL after the stop timeout. */
  stop(reason: StopReason): void {
    if (!this.isLive) return;
    this.wasAsked = true;
    this.#stopReason = reason;
    this.#transition("draining");
    this.#process.signal("SIGTERM");
    const { clock, timing } = this.#options;
    const timer = clock.setTimer(timing.stopTimeoutMs, () => this.#process.signal("SIGKILL"), { unref: true });
    void this.ended.then(() => timer.cancel());
  }

  /** SIGKILL, as when the machine below goes away: nobody is told before the process is gone. */
  kill(): void {
    this.wasAsked = true;
    this.#process.signal("SIGKILL");
  }

  /** The limit counts from this task's own start, however many others start beside it. */
  async #awaitReadiness(): Promise<void> {
    const { clock, timing } = this.#options;
    const deadline = clock.now() + timing.startTimeoutMs;
    while (this.#state === "provisioning") {
      const failure = await checkHttp(this.#side, { path: "/readyz", timeoutMs: readinessTimeoutMs, clock });
      if (this.#state !== "provisioning") return;
      if (failure === undefined) return this.#didBecomeReady();
      if (clock.now() > deadline) return this.#giveUp(failure);
      await delay(clock, readinessPollMs);
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
      check: () => checkHttp(this.#side, { path: "/livez", timeoutMs: containerTimeoutMs, clock }),
      intervalMs: timing.containerCheckIntervalMs,
      healthyThreshold: 1,
      unhealthyThreshold: containerRetries,
      clock,
      onChange: onHealthChange,
    });
    this.#transition("running");
  }

  #giveUp(failure: CheckFailure): void {
    const seconds = this.#options.timing.startTimeoutMs / 1_000;
    const check = `GET http://${formatHostPort(this.#side)}/readyz`;
    this.#startFailure = `, since it was not ready ${seconds} s after its start (${check}: ${describeFailure(failure)})`;
    this.#stopReason = { code: "ServiceSchedulerInitiated", text: "Task failed container health checks" };
    this.#process.signal("SIGKILL");
  }

  get #side(): HostPort {
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
