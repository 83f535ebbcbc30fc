import {
  type CreateWorkflowRequest,
  type ListWorkflowsRequest,
  type UpdateWorkflowRequest,
  type Workflow,
  type WorkflowEngineService,
  WorkflowSchema,
  type WorkflowSpec,
  WorkflowSpecSchema,
} from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { create, toJson } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { contentHash } from "../canonical.ts";
import type { Turn } from "../expressions.ts";
import { createdId, isId } from "../ids.ts";
import type { OwnerLimits } from "../owner-limits.ts";
import { isTombstone } from "../store/tombstone.ts";
import type { StoredWorkflow, WorkflowStore } from "../store/workflow-store.ts";
import { CHECKING_LANE, type Validator } from "../validate/validator.ts";
import { checkedPage, checkRequestId } from "./check-request.ts";
import { answering, rpcError } from "./errors.ts";
import { checkedSpec } from "./invalid-workflow.ts";
import { withinQuota } from "./quota.ts";

type Method = "createWorkflow" | "deleteWorkflow" | "getWorkflow" | "listWorkflows" | "updateWorkflow";
type Handlers = Pick<ServiceImpl<typeof WorkflowEngineService>, Method>;

/** What the handlers of workflows use. */
export interface WorkflowServices {
  readonly workflows: WorkflowStore;
  readonly validator: Validator;
  readonly clock: Clock;
  readonly limits: OwnerLimits;
}

/** The methods that create, read, update and delete workflows. */
export function workflowHandlers(services: WorkflowServices): Handlers {
  const { workflows: store } = services;
  return {
    createWorkflow: answering(async (request: CreateWorkflowRequest, owner, signal) => ({
      workflow: await createWorkflow(request, { owner, lane: CHECKING_LANE, signal }, services),
    })),
    getWorkflow: answering(async ({ workflowId }: { readonly workflowId: string }, owner) => ({
      workflow: (await ownedWorkflow(store, workflowId, owner)).workflow,
    })),
    listWorkflows: answering(async (request: ListWorkflowsRequest, owner) => {
      const { items, nextPageToken } = await store.list(owner, checkedPage(request));
      return { workflows: [...items], nextPageToken };
    }),
    deleteWorkflow: answering(async ({ workflowId }: { readonly workflowId: string }, owner) => {
      await deleteWorkflow(workflowId, owner, services);
      return {};
    }),
    updateWorkflow: answering(async (request: UpdateWorkflowRequest, owner, signal) => ({
      workflow: await updateWorkflow(request, { owner, lane: CHECKING_LANE, signal }, services),
    })),
  };
}

/** @throws NOT_FOUND for a workflow that does not exist, was deleted, or belongs to another owner: a caller cannot tell which */
export async function ownedWorkflow(store: WorkflowStore, id: string, owner: string): Promise<StoredWorkflow> {
  const stored = isId(id) ? await store.find(id) : undefined;
  if (stored !== undefined && !isTombstone(stored) && stored.workflow.owner === owner) return stored;
  throw workflowNotFound();
}

function workflowNotFound(): ConnectError {
  return rpcError(Code.NotFound, "WORKFLOW_NOT_FOUND", "there is no such workflow");
}

/** A repeated deletion finds the tombstone and succeeds. */
async function deleteWorkflow(id: string, owner: string, { workflows, clock }: WorkflowServices): Promise<void> {
  for (;;) {
    const stored = isId(id) ? await workflows.find(id) : undefined;
    if (isTombstone(stored) && stored.deleted.owner === owner) return;
    if (stored === undefined || isTombstone(stored) || stored.workflow.owner !== owner) throw workflowNotFound();
    if (await workflows.delete(stored, clock.wallNow())) return;
  }
}

async function createWorkflow(
  { spec: given, requestId }: CreateWorkflowRequest,
  turn: Turn,
  { workflows, validator, clock, limits }: WorkflowServices,
): Promise<Workflow> {
  checkRequestId(requestId);
  const { owner } = turn;
  const spec = await checkedSpec(given, validator, turn);
  const now = timestampFromMs(clock.wallNow());
  const id = createdId("workflow", owner, requestId);
  const workflow = create(WorkflowSchema, { id, version: 1, spec, owner, createTime: now, updateTime: now });
  const hash = hashOf(spec);
  const stored = await withinQuota(workflows.create(workflow, hash), "workflows", limits);
  if (isTombstone(stored)) {
    throw rpcError(Code.FailedPrecondition, "DELETED", "this request_id created a workflow that was deleted");
  }
  if (stored.createdHash === hash) return stored.workflow;
  throw rpcError(Code.InvalidArgument, "REQUEST_ID_REUSED", "this request_id created another workflow");
}

async function updateWorkflow(
  { workflowId, spec: given, expectedVersion }: UpdateWorkflowRequest,
  turn: Turn,
  { workflows, validator, clock, limits }: WorkflowServices,
): Promise<Workflow> {
  const spec = await checkedSpec(given, validator, turn);
  for (;;) {
    const stored = await ownedWorkflow(workflows, workflowId, turn.owner);
    const { workflow: before } = stored;
    if (before.spec !== undefined && hashOf(before.spec) === hashOf(spec)) return before; // a repeat, or no change
    if (expectedVersion !== 0 && expectedVersion !== before.version) {
      const message = `the workflow has version ${before.version}, expected ${expectedVersion}`;
      throw rpcError(Code.Aborted, "VERSION_CONFLICT", message);
    }
    const updateTime = timestampFromMs(clock.wallNow());
    const workflow = create(WorkflowSchema, { ...before, version: before.version + 1, spec, updateTime });
    if (await withinQuota(workflows.replace({ ...stored, workflow }), "workflows", limits)) return workflow;
  }
}

function hashOf(spec: WorkflowSpec): string {
  return contentHash(toJson(WorkflowSpecSchema, spec));
}
