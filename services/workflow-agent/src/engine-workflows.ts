import { createHash } from "node:crypto";
import { ErrorInfoSchema, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { IDENTITY_HEADER, type IdentitySigner } from "@agent-team/grpc-server";
import { equals, toBinary } from "@bufbuild/protobuf";
import { type CallOptions, Code, ConnectError } from "@connectrpc/connect";
import type { EngineClient } from "./validate.ts";
import type { OpenWorkflows } from "./workflows.ts";

export interface EngineWorkflowsOptions {
  /** Deadline of each call. Default 10,000, as for callers of the gateway. */
  readonly timeoutMs?: number | undefined;
  /** Signs the identity of the caller. Default: absent, and no identity is sent. */
  readonly identity?: IdentitySigner | undefined;
}

type Methods = "createWorkflow" | "getWorkflow" | "setWorkflowActive" | "startRun" | "updateWorkflow";

/**
 * Stores and starts by the engine's own API. The keys of the requests derive from the draft and from the turn: a turn that
 * another agent repeats finds the first results, and a draft whose turn failed after it was stored is not stored twice.
 */
export function createEngineWorkflows(
  engine: Pick<EngineClient, Methods>,
  { timeoutMs = 10_000, identity }: EngineWorkflowsOptions = {},
): OpenWorkflows {
  return ({ id: turnId, caller, signal }) => {
    const call = (): CallOptions => ({
      signal,
      timeoutMs,
      headers: identity === undefined ? {} : { [IDENTITY_HEADER]: identity.sign(caller, "workflow-engine", timeoutMs) },
    });
    const create = async (spec: WorkflowSpec, requestId: string) =>
      present((await engine.createWorkflow({ spec, requestId }, call())).workflow);
    return {
      async create(spec, isAnother = false) {
        if (isAnother) return create(spec, turnId);
        const saved = await create(spec, `draft-${digest(spec)}`).catch(unlessDeleted);
        // Deleted or changed since: this draft is another workflow.
        return saved !== undefined && isSameSpec(saved.spec, spec) ? saved : create(spec, turnId);
      },
      read: async (workflowId) => (await engine.getWorkflow({ workflowId }, call()).catch(unlessUnknown))?.workflow,
      replace: async (workflowId, spec, expectedVersion) =>
        (await engine.updateWorkflow({ workflowId, spec, expectedVersion }, call()).catch(unlessUnknown))?.workflow,
      run: async (workflowId) => present((await engine.startRun({ workflowId, requestId: turnId }, call())).run),
      setActive: async (workflowId, active) =>
        present((await engine.setWorkflowActive({ workflowId, active }, call())).workflow),
    };
  };
}

export function isSameSpec(a: WorkflowSpec | undefined, b: WorkflowSpec): boolean {
  return a !== undefined && equals(WorkflowSpecSchema, a, b);
}

function unlessDeleted(error: unknown): undefined {
  const reasons = ConnectError.from(error).findDetails(ErrorInfoSchema);
  if (!reasons.some(({ reason }) => reason === "DELETED")) throw error;
}

/** ABORTED: another version. */
function unlessUnknown(error: unknown): undefined {
  const { code } = ConnectError.from(error);
  if (code !== Code.NotFound && code !== Code.Aborted) throw error;
}

function present<T>(message: T | undefined): T {
  if (message !== undefined) return message;
  throw new ConnectError("the engine answered without its result", Code.Internal);
}

function digest(spec: WorkflowSpec): string {
  return createHash("sha256").update(toBinary(WorkflowSpecSchema, spec)).digest("base64url").slice(0, 32);
}
