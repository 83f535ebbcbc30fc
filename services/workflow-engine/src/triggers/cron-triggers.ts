import type { Clock } from "@agent-team/foundation/clock";
import type { Logger } from "@agent-team/grpc-server";
import type { JsonValue } from "@bufbuild/protobuf";
import { timestampDate, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import type { CronSchedule, DueFiring } from "../cron-schedule.ts";
import { createdId } from "../ids.ts";
import { type FiringPolicy, firingPolicyOf, scheduleOf } from "../nodes/cron.ts";
import type { ScheduleState, Schedules } from "../schedules.ts";
import { isTombstone } from "../store/tombstone.ts";
import type { StoredWorkflow, WorkflowStore } from "../store/workflow-store.ts";

/** A trigger is looked at this often, however far its next firing is: the wall clock may be set meanwhile. */
const MAX_ARMED_MS = 3_600_000;

/** How often a firing that is queued behind a run, or until the store has room, is looked at. */
const QUEUED_MS = 1_000;

/** With catch_up "none": a tick of an engine that is busy may be late by seconds. */
const LATE_MS = 60_000;

/** A run that a firing starts. Its id is that of the firing, so that two engines start it once. */
export interface FiredRun {
  readonly id: string;
  readonly input: JsonValue;
}

export interface CronTriggersOptions {
  readonly workflows: WorkflowStore;
  readonly schedules: Schedules;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a workflow that is being changed waits until a tick looks at it. */
  readonly leaseMs: number;
  /**
   * Starts a run; "refused" when the workflow or its owner's quota does not admit it, "queued" when the store has no room yet. Rejects when
   * the store does not answer.
   */
  readonly start: (stored: StoredWorkflow, run: FiredRun) => Promise<"started" | "refused" | "queued">;
  /** Whether a run has not ended and does more than wait. False for one that does not exist. */
  readonly isWorking: (runId: string) => Promise<boolean>;
}

/**
 * Fires the CRON triggers of active workflows. What fires follows from the workflow, its state and the time alone: the
 * queue says when to look. Firings that were missed, because no engine ran, become one: the last of them.
 */
export class CronTriggers {
  readonly #options: CronTriggersOptions;

  constructor(options: CronTriggersOptions) {
    this.#options = options;
  }

  /** Call it before a change of an active workflow is written: if this engine dies after the write, a tick goes on. */
  willChange(workflowId: string): Promise<void> {
    const { schedules, leaseMs } = this.#options;
    return schedules.arm(workflowId, leaseMs);
  }

  /** Call it after a change is written. */
  didChange(workflowId: string): Promise<void> {
    return this.#look(workflowId);
  }

  /** What is known of the firings of a workflow; `undefined` when it has no active schedule. */
  async stateOf(stored: StoredWorkflow): Promise<ScheduleState | undefined> {
    if (activeScheduleOf(stored) === undefined) return undefined;
    const state = await this.#options.schedules.read(stored.workflow.id);
    return state?.stamp === stampOf(stored) ? state : undefined;
  }

  /** Fires what is due. Call it from time to time; firings are late by up to that time. */
  async tick(): Promise<void> {
    const { schedules, logger } = this.#options;
    for (const workflowId of await schedules.takeDue()) {
      try {
        await this.#look(workflowId);
      } catch (error) {
        logger.error({ err: error, workflowId }, "a schedule could not be looked at; it is tried again after a lease");
      }
    }
  }

  async #look(workflowId: string): Promise<void> {
    const { workflows, schedules, clock } = this.#options;
    const stored = await workflows.find(workflowId);
    const schedule = stored === undefined || isTombstone(stored) ? undefined : activeScheduleOf(stored);
    if (stored === undefined || isTombstone(stored) || schedule === undefined) return schedules.remove(workflowId);
    const nowMs = clock.wallNow();
    const before = await schedules.read(workflowId);
    const state = before?.stamp === stampOf(stored) ? before : firstState(stored, schedule, before?.lastMs);
    const next = await this.#fireIfDue(stored, schedule, state, nowMs);
    if (next !== before) await schedules.write(workflowId, next);
    const inMs = (next.nextMs ?? Infinity) - nowMs;
    // A firing that is due and was not handled is queued: it is looked at again soon.
    await schedules.arm(workflowId, inMs <= 0 ? QUEUED_MS : Math.min(inMs, MAX_ARMED_MS));
  }

  async #fireIfDue(
    stored: StoredWorkflow,
    schedule: CronSchedule,
    state: ScheduleState,
    nowMs: number,
  ): Promise<ScheduleState> {
    if (state.nextMs === undefined || state.nextMs > nowMs) return state;
    const firing = schedule.dueAt(state.nextMs, nowMs);
    const outcome = await this.#fire(stored, firing, state, nowMs);
    if (outcome === "queued") return state;
    const { id: workflowId } = stored.workflow;
    if (outcome === "refused") this.#options.logger.warn({ workflowId }, "a schedule fired and its run was refused");
    return {
      ...state,
      nextMs: schedule.nextAfter(firing.scheduledMs),
      missed: state.missed + firing.missed,
      lastMs: outcome === "started" ? firing.scheduledMs : state.lastMs,
      ...(outcome === "skipped" ? { skipped: (state.skipped ?? 0) + 1 } : {}),
    };
  }

  async #fire(
    stored: StoredWorkflow,
    firing: DueFiring,
    { lastMs }: ScheduleState,
    nowMs: number,
  ): Promise<"started" | "refused" | "skipped" | "queued"> {
    const { overlap, catchUp } = policyOf(stored);
    if (catchUp === "none" && nowMs - firing.scheduledMs > LATE_MS) return "skipped";
    // The firing itself may have started its run, when an engine died before it wrote that down.
    const isHeldBack =
      overlap !== "allow" &&
      lastMs !== undefined &&
      lastMs !== firing.scheduledMs &&
      (await this.#options.isWorking(runIdOf(stored, lastMs)));
    if (isHeldBack) return overlap === "skip" ? "skipped" : "queued";
    return this.#options.start(stored, firedRun(stored, firing, nowMs));
  }
}

function activeScheduleOf({ workflow }: StoredWorkflow): CronSchedule | undefined {
  if (!workflow.active) return undefined;
  return workflow.spec?.nodes.map(scheduleOf).find((schedule) => schedule !== undefined);
}

/** Differs after each change of the spec and each activation. */
function stampOf({ workflow, activation }: StoredWorkflow): string {
  return `${workflow.version}/${activation?.sinceMs ?? 0}`;
}

/** Firings count from the last change or activation on, also when a tick sees it later. */
function firstState(stored: StoredWorkflow, schedule: CronSchedule, lastMs: number | undefined): ScheduleState {
  const { workflow, activation } = stored;
  const changedMs = workflow.updateTime === undefined ? 0 : timestampMs(workflow.updateTime);
  const sinceMs = Math.max(activation?.sinceMs ?? 0, changedMs);
  // The run of the last firing before the change may still work.
  const last = lastMs === undefined ? {} : { lastMs };
  return { stamp: stampOf(stored), nextMs: schedule.nextAfter(sinceMs), missed: 0, ...last };
}

function policyOf({ workflow }: StoredWorkflow): FiringPolicy {
  const policy = workflow.spec?.nodes.map(firingPolicyOf).find((each) => each !== undefined);
  return policy ?? { overlap: "skip", catchUp: "last" };
}

function firedRun(stored: StoredWorkflow, { scheduledMs, missed }: DueFiring, nowMs: number): FiredRun {
  const input = { scheduled_time: isoOf(scheduledMs), fire_time: isoOf(nowMs), missed };
  return { id: runIdOf(stored, scheduledMs), input };
}

function runIdOf({ workflow }: StoredWorkflow, scheduledMs: number): string {
  return createdId("firing", workflow.id, String(scheduledMs));
}

function isoOf(ms: number): string {
  return timestampDate(timestampFromMs(ms)).toISOString();
}
