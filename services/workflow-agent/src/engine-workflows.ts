import { createHash } from "node:crypto";
import { ErrorInfoSchema, type Run, type Workflow, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { IDENTITY_HEADER, type IdentitySigner } from "@agent-team/grpc-server";
import { equals, toBinary } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import type { OpenWorkflows } from "./open-workflows.ts";
import type { EngineClient } from "./validate.ts";

export interface EngineWorkflowsOptions {
  /** Deadline of each call. Default 10,000, as for callers of the gateway. */
  readonly timeoutMs?: number | undefined;
  /** Signs the identity of the caller. Default: absent, and no identity is sent. */
  readonly identity?: IdentitySigner | undefined;
}

/**
 * Stores and starts by the engine's own API. The keys of the requests derive from the draft and from the turn: a turn that
 * another instance repeats stores and starts nothing twice, and a draft that is saved again is the workflow that it was.
 */
export function createEngineWorkflows(engine: EngineClient, options: EngineWorkflowsOptions = {}): OpenWorkflows {
  const { timeoutMs = 10_000, identity } = options;
  return ({ id: turnId, caller, signal }) => {
    const call = (): CallOptions => ({
      signal,
      timeoutMs,
      headers: identity === undefined ? {} : { [IDENTITY_HEADER]: identity.sign(caller, "workflow-engine", timeoutMs) },
    });
    const create = async (spec: WorkflowSpec, requestId: string): Promise<Workflow> =>
      present((await engine.createWorkflow({ spec, requestId }, call())).workflow);
    return {
      async save(spec) {
        const key = `draft-${digest(spec)}`;
        const saved = await create(spec, key).catch(unlessDeleted);
        // Deleted or changed since: this draft is another workflow.
        return isThis(saved, spec) ? saved : await create(spec, `${key}-${turnId}`);
      },
      run: async (workflowId) => present((await engine.startRun({ workflowId, requestId: turnId }, call())).run),
    };
  };
}

function isThis(workflow: Workflow | undefined, spec: WorkflowSpec): workflow is Workflow {
  return workflow?.spec !== undefined && equals(WorkflowSpecSchema, workflow.spec, spec);
}

function unlessDeleted(error: unknown): undefined {
  const reasons = ConnectError.from(error).findDetails(ErrorInfoSchema);
  if (reasons.some(({ reason }) => reason === "DELETED")) return undefined;
  throw error;
}

function present<T extends Run | Workflow>(message: T | undefined): T {
  if (message !== undefined) return message;
  throw new ConnectError("the engine answered without its result", Code.Internal);
}

function digest(spec: WorkflowSpec): string {
  return createHash("sha256").update(toBinary(WorkflowSpecSchema, spec)).digest("base64url").slice(0, 32);
}
