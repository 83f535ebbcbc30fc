import { Code, type ConnectError } from "@connectrpc/connect";
import { isId } from "../ids.ts";
import { isTombstone } from "../store/tombstone.ts";
import type { StoredWorkflow, WorkflowStore } from "../store/workflow-store.ts";
import { rpcError } from "./errors.ts";

/** @throws NOT_FOUND for a workflow that does not exist, was deleted, or belongs to another owner: a caller cannot tell which */
export async function ownedWorkflow(store: WorkflowStore, id: string, owner: string): Promise<StoredWorkflow> {
  const stored = isId(id) ? await store.find(id) : undefined;
  if (stored !== undefined && !isTombstone(stored) && stored.workflow.owner === owner) return stored;
  throw workflowNotFound();
}

export function workflowNotFound(): ConnectError {
  return rpcError(Code.NotFound, "WORKFLOW_NOT_FOUND", "there is no such workflow");
}
