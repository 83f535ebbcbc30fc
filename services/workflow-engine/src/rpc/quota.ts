import { isJournalError } from "@agent-team/journal";
import { Code } from "@connectrpc/connect";
import type { OwnerLimits } from "../owner-limits.ts";
import { rpcError } from "./errors.ts";

/**
 * Waits for a write that has a quota.
 *
 * @throws RESOURCE_EXHAUSTED `QUOTA_RUNS` or `QUOTA_WORKFLOWS` above the owner's quota; waiting does not help
 */
export async function withinQuota<T>(written: Promise<T>, what: "runs" | "workflows", limits: OwnerLimits): Promise<T> {
  try {
    return await written;
  } catch (error) {
    if (!isJournalError(error, "over-quota")) throw error;
    throw what === "runs"
      ? rpcError(Code.ResourceExhausted, "QUOTA_RUNS", message(limits.maxRuns, what, limits.maxRunBytes))
      : rpcError(
          Code.ResourceExhausted,
          "QUOTA_WORKFLOWS",
          message(limits.maxWorkflows, what, limits.maxWorkflowBytes),
        );
  }
}

function message(count: number, what: string, bytes: number): string {
  return `at most ${count} ${what} and ${bytes} bytes of them are kept for one owner: delete some`;
}
