import { randomBytes } from "node:crypto";
import { type Clock, delay } from "@agent-team/grpc-client";
import type { Placement } from "../network/network.ts";
import { isReady } from "../probe.ts";
import type { Timing } from "../timing.ts";
import { TaskLog } from "./task-log.ts";
import { startTaskProcess, type TaskExit, type TaskProcess } from "./task-process.ts";

export type TaskState = "provisioning" | "running" | "draining" | "stopped";

/** ECS's words for the same. */
export const lastStatus: Readonly<Record<TaskState, string>> = {
  provisioning: "PENDING",
  running: "RUNNING",
  draining: "DEACTIVATING",
  stopped: "STOPPED",
};

/** Why a task ended or is about to, in the words of ECS. */
export interface StopReason {
  readonly code: "EssentialContainerExited" | "ServiceSchedulerInitiated" | "UserInitiated";
  readonly text: string;
}

/** A task as others see it: a value, taken at one moment. */
export interface TaskDescription extends Placement {
  /** 32 hexadecimal digits, like those of ECS. */
  readonly id: string;
  readonly service: string;
  readonly state: TaskState;
  /** Counts the service's deployments, from 1. */
  readonly revision: number;
  readonly pid: number | undefined;
  /** How it ended, once it has: `exit code 1`, `killed by SIGKILL`. */
  readonly exit: string | undefined;
  readonly exitCode: number | undefined;
  /** Undefined while nothing has ended it. */
  readonly stopReason: StopReason | undefined;
  /** When it was launched and when it came to each further state, on the wall clock. */
  readonly enteredAtMs: Readonly<Partial<Record<TaskState, number>>>;
}

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
}

// A starting task binds some hundred milliseconds after its launch: often enough not to add to that, too seldom to slow it.
const readinessPollMs = 50;

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

  constructor(options: TaskOptions) {
    this.service = options.service;
    this.revision = options.revision;
    this.placement = options.placement;
    this.#options = options;
    this.#enteredAtMs = { provisioning: options.clock.wallNow() };
    this.#log = new TaskLog(options.logFolder, options.service, this.id);
    this.#process = startTaskProcess(options.program, options.environment(this.id), this.#log);
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
      exit: this.#exit?.text,
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

  async #awaitReadiness(): Promise<void> {
    const { clock, placement, timing } = this.#options;
    const address = { host: placement.host, port: placement.healthPort };
    const deadline = clock.now() + timing.startTimeoutMs;
    while (this.#state === "provisioning") {
      const ready = await isReady(address, clock);
      if (this.#state !== "provisioning") return;
      if (ready) return this.#transition("running");
      if (clock.now() > deadline) return this.#giveUp();
      await delay(clock, readinessPollMs);
    }
  }

  #giveUp(): void {
    this.#stopReason = { code: "ServiceSchedulerInitiated", text: "Task failed container health checks" };
    this.#process.signal("SIGKILL");
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
    this.#enteredAtMs[next] = this.#options.clock.wallNow();
    this.#options.onChange(this, previous);
  }
}
