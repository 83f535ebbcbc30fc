import {
  type TriggerStatus,
  TriggerStatusSchema,
  type Workflow,
  WorkflowSchema,
  type WorkflowSpec,
} from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { scheduleOf } from "../nodes/cron.ts";
import { webhookPayloadOf } from "../nodes/webhook.ts";
import type { ScheduleState } from "../schedules.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";

/** A workflow as its owner sees it: with the state of its trigger. `schedule`: what is known of its firings. */
export function toWorkflow(stored: StoredWorkflow, nowMs: number, schedule?: ScheduleState): Workflow {
  const trigger = triggerOf(stored, nowMs, schedule);
  return create(WorkflowSchema, trigger === undefined ? stored.workflow : { ...stored.workflow, trigger });
}

/** Whether a spec has a trigger that fires by itself. */
export function canFire(spec: WorkflowSpec | undefined): boolean {
  return spec?.nodes.some((node) => scheduleOf(node) !== undefined || webhookPayloadOf(node) !== undefined) === true;
}

function triggerOf(
  { workflow, activation }: StoredWorkflow,
  nowMs: number,
  schedule: ScheduleState | undefined,
): TriggerStatus | undefined {
  for (const node of workflow.spec?.nodes ?? []) {
    const status = create(TriggerStatusSchema, { nodeId: node.id });
    const cron = scheduleOf(node);
    if (cron !== undefined) {
      const nextMs = workflow.active ? cron.nextAfter(nowMs) : undefined;
      if (nextMs !== undefined) status.nextFireTime = timestampFromMs(nextMs);
      if (schedule?.lastMs !== undefined) status.lastFireTime = timestampFromMs(schedule.lastMs);
      status.missedFires = schedule?.missed ?? 0;
      status.skippedFires = schedule?.skipped ?? 0;
      return status;
    }
    if (webhookPayloadOf(node) === undefined || activation === undefined) continue;
    status.hookPath = `/v1/hooks/${workflow.id}/${activation.hookToken}`;
    return status;
  }
  return undefined;
}
