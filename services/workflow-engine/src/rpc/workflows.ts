import {
  type CreateWorkflowRequest,
  type DeleteWorkflowRequest,
  type ListWorkflowsRequest,
  type SetWorkflowActiveRequest,
  type UpdateWorkflowRequest,
  type Workflow,
  type WorkflowEngineService,
  WorkflowSchema,
  type WorkflowSpec,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import { create, toJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import { contentHash } from "../canonical.ts";
import type { Turn } from "../expressions.ts";
import { createdId, isId } from "../ids.ts";
import { isTombstone } from "../store/tombstone.ts";
import { CHECKING_LANE } from "../validate/validator.ts";
import { checkedPage, checkRequestId } from "./check-request.ts";
import { answering, rpcError } from "./errors.ts";
import { checkedSpec } from "./invalid-workflow.ts";
import { obstaclesOfSpec } from "./obstacles.ts";
import { ownedWorkflow, workflowNotFound } from "./owned-workflow.ts";
import { withinQuota } from "./quota.ts";
import { setWorkflowActive } from "./set-workflow-active.ts";
import type { WorkflowServices } from "./workflow-services.ts";
import { canFire, toWorkflow } from "./workflow-view.ts";

type Method =
  | "createWorkflow"
  | "deleteWorkflow"
  | "getWorkflow"
  | "listWorkflows"
  | "setWorkflowActive"
  | "updateWorkflow";
type Handlers = Pick<ServiceImpl<typeof WorkflowEngineService>, Method>;

/** The methods that create, read, update, activate and delete workflows. */
export function workflowHandlers(services: WorkflowServices): Handlers {
  const { workflows: store } = services;
  return {
    createWorkflow: answering(async (request: CreateWorkflowRequest, owner, signal) => ({
      workflow: await createWorkflow(request, { owner, lane: CHECKING_LANE, signal }, services),
    })),
    getWorkflow: answering(async ({ workflowId }: { readonly workflowId: string }, owner) => ({
      workflow: await getWorkflow(workflowId, owner, services),
    })),
    listWorkflows: answering(async (request: ListWorkflowsRequest, owner) => {
      const { items, nextPageToken } = await store.list(owner, checkedPage(request));
      const nowMs = services.clock.wallNow();
      return { workflows: items.map((stored) => toWorkflow(stored, nowMs)), nextPageToken };
    }),
    deleteWorkflow: answering(async (request: DeleteWorkflowRequest, owner) => {
      await deleteWorkflow(request, owner, services);
      return {};
    }),
    setWorkflowActive: answering(async (request: SetWorkflowActiveRequest, owner) => ({
      workflow: await setWorkflowActive(request, owner, services),
    })),
    updateWorkflow: answering(async (request: UpdateWorkflowRequest, owner, signal) => ({
      workflow: await updateWorkflow(request, { owner, lane: CHECKING_LANE, signal }, services),
    })),
  };
}

/** A repeated deletion finds the tombstone and succeeds. */
async function deleteWorkflow(
  { workflowId: id, expectedVersion }: DeleteWorkflowRequest,
  owner: string,
  { workflows, clock, cron }: WorkflowServices,
): Promise<void> {
  for (;;) {
    const stored = isId(id) ? await workflows.find(id) : undefined;
    if (isTombstone(stored) && stored.deleted.owner === owner) return;
    if (stored === undefined || isTombstone(stored) || stored.workflow.owner !== owner) throw workflowNotFound();
    checkVersion(stored.workflow, expectedVersion);
    if (await workflows.delete(stored, clock.wallNow())) return cron.didChange(id);
  }
}

async function getWorkflow(id: string, owner: string, { workflows, clock, cron }: WorkflowServices): Promise<Workflow> {
  const stored = await ownedWorkflow(workflows, id, owner);
  return toWorkflow(stored, clock.wallNow(), await cron.stateOf(stored));
}

async function createWorkflow(
  { spec: given, requestId }: CreateWorkflowRequest,
  turn: Turn,
  services: WorkflowServices,
): Promise<Workflow> {
  const { workflows, validator, clock } = services;
  checkRequestId(requestId);
  const { owner } = turn;
  const spec = await checkedSpec(given, validator, turn);
  const now = timestampFromMs(clock.wallNow());
  const id = createdId("workflow", owner, requestId);
  const workflow = create(WorkflowSchema, { id, version: 1, spec, owner, createTime: now, updateTime: now });
  const hash = hashOf(spec);
  const stored = await withinQuota(workflows.create(workflow, hash), "workflows", services);
  if (isTombstone(stored)) {
    throw rpcError(Code.FailedPrecondition, "DELETED", "this request_id created a workflow that was deleted");
  }
  if (stored.createdHash === hash) return toWorkflow(stored, clock.wallNow());
  throw rpcError(Code.InvalidArgument, "REQUEST_ID_REUSED", "this request_id created another workflow");
}

async function updateWorkflow(
  { workflowId, spec: given, expectedVersion }: UpdateWorkflowRequest,
  turn: Turn,
  services: WorkflowServices,
): Promise<Workflow> {
  const { workflows, validator, clock, cron, abilities } = services;
  const spec = await checkedSpec(given, validator, turn);
  for (;;) {
    const stored = await ownedWorkflow(workflows, workflowId, turn.owner);
    const { workflow: before } = stored;
    if (before.spec !== undefined && hashOf(before.spec) === hashOf(spec)) return toWorkflow(stored, clock.wallNow()); // a repeat, or no change
    checkVersion(before, expectedVersion);
    const updateTime = timestampFromMs(clock.wallNow());
    const active = before.active && canFire(spec) && obstaclesOfSpec(spec, abilities).length === 0;
    const workflow = create(WorkflowSchema, { ...before, version: before.version + 1, spec, updateTime, active });
    if (before.active) await cron.willChange(workflowId);
    const next = { ...stored, workflow };
    if (!(await withinQuota(workflows.replace(next), "workflows", services))) continue;
    if (before.active) await cron.didChange(workflowId);
    return toWorkflow(next, clock.wallNow());
  }
}

/** `expected`: 0 for any. */
function checkVersion({ version }: Workflow, expected: number): void {
  if (expected === 0 || expected === version) return;
  throw rpcError(Code.Aborted, "VERSION_CONFLICT", `the workflow has version ${version}, expected ${expected}`);
}

function hashOf(spec: WorkflowSpec): string {
  return contentHash(toJson(WorkflowSpecSchema, spec));
}
