import { randomBytes } from "node:crypto";
import type { SetWorkflowActiveRequest, Workflow } from "@agent-team/contracts";
import { WorkflowSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import type { EngineAbilities } from "../node-kind.ts";
import { hookSignatureOf, webhookPayloadOf } from "../nodes/webhook.ts";
import type { Secrets } from "../secrets.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";
import { rpcError, secretUnknown } from "./errors.ts";
import { refuseUnlessRunnable } from "./obstacles.ts";
import { ownedWorkflow } from "./owned-workflow.ts";
import { withinQuota } from "./quota.ts";
import type { WorkflowServices } from "./workflow-services.ts";
import { canFire, toWorkflow } from "./workflow-view.ts";

/** 192 bits: the URL of a webhook cannot be guessed. */
const TOKEN_BYTES = 24;

/** Lets the trigger of a workflow fire, or stops it. A workflow that is so already is returned unchanged. */
export async function setWorkflowActive(
  { workflowId, active }: SetWorkflowActiveRequest,
  owner: string,
  services: WorkflowServices,
): Promise<Workflow> {
  const { workflows, clock, cron, abilities, secrets } = services;
  for (;;) {
    const stored = await ownedWorkflow(workflows, workflowId, owner);
    const nowMs = clock.wallNow();
    if (stored.workflow.active === active) return toWorkflow(stored, nowMs);
    if (active) refuseUnlessActivatable(stored, abilities);
    if (active) requireSecret(stored, secrets);
    const workflow = create(WorkflowSchema, { ...stored.workflow, active });
    const hookToken = stored.activation?.hookToken ?? randomBytes(TOKEN_BYTES).toString("base64url");
    const next: StoredWorkflow = { ...stored, workflow, activation: { sinceMs: nowMs, hookToken } };
    if (active) await cron.willChange(workflowId);
    if (!(await withinQuota(workflows.replace(next), "workflows", services))) continue;
    await cron.didChange(workflowId);
    return toWorkflow(next, nowMs);
  }
}

/** @throws FAILED_PRECONDITION while no request could be checked: each of them would be refused */
function requireSecret({ workflow: { spec, owner } }: StoredWorkflow, secrets: Secrets): void {
  for (const node of spec?.nodes ?? []) {
    const signature = webhookPayloadOf(node) === undefined ? undefined : hookSignatureOf(node);
    if (signature !== undefined && secrets.find(signature.secretName, owner) === undefined) {
      throw secretUnknown(signature.secretName);
    }
  }
}

function refuseUnlessActivatable({ workflow: { spec } }: StoredWorkflow, abilities: EngineAbilities): void {
  if (!canFire(spec)) {
    const message = "the workflow has no CRON and no WEBHOOK trigger: start its runs with StartRun";
    throw rpcError(Code.FailedPrecondition, "NOTHING_TO_ACTIVATE", message);
  }
  refuseUnlessRunnable(spec, abilities);
}
