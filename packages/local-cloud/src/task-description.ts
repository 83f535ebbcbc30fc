import type { Health } from "./health-check.ts";
import type { Placement } from "./placement.ts";

export type TaskState = "provisioning" | "running" | "draining" | "stopped";

/** The `lastStatus` that ECS gives for each state. */
export const LAST_STATUS: Readonly<Record<TaskState, string>> = {
  provisioning: "PENDING",
  running: "RUNNING",
  draining: "DEACTIVATING",
  stopped: "STOPPED",
};

/** Why a task was stopped or ended: `stopCode` and `stoppedReason` of ECS. */
export interface StopReason {
  readonly code: "EssentialContainerExited" | "ServiceSchedulerInitiated" | "UserInitiated";
  readonly text: string;
}

/** A snapshot of one task. */
export interface TaskDescription extends Placement {
  /** 32 hexadecimal digits, as in ECS. */
  readonly id: string;
  readonly service: string;
  readonly state: TaskState;
  /** The revision of the deployment that launched it, from 1. */
  readonly revision: number;
  readonly pid: number | undefined;
  /** Result of the container health check while the task runs; `initial` in every other state. */
  readonly containerHealth: Health;
  /** How the process ended: `exit code 1`, `killed by SIGKILL`; for a task that missed its start limit, also the check that failed. */
  readonly exit: string | undefined;
  readonly exitCode: number | undefined;
  /** Undefined while the task has neither ended nor been stopped. */
  readonly stopReason: StopReason | undefined;
  /** When it was launched and when it reached each further state, on the wall clock. */
  readonly enteredAtMs: Readonly<Partial<Record<TaskState, number>>>;
}
