import { isJournalError } from "@agent-team/journal";
import { Code } from "@connectrpc/connect";
import type { OwnerLimits } from "../owner-limits.ts";
import { rpcError } from "./errors.ts";

/** What owners store. */
export type Stored = "runs" | "workflows";

export interface QuotaServices {
  readonly limits: OwnerLimits;
  /** Called for each write that the store has no room for. */
  readonly onStoreFull: (what: Stored) => void;
}

/**
 * Waits for a write that has a quota.
 *
 * @throws RESOURCE_EXHAUSTED `QUOTA_RUNS` or `QUOTA_WORKFLOWS` above the owner's quota; waiting does not help
 */
export async function withinQuota<T>(
  written: Promise<T>,
  what: Stored,
  { limits, onStoreFull }: QuotaServices,
): Promise<T> {
  try {
    return await written;
  } catch (error) {
    if (isJournalError(error, "full")) onStoreFull(what);
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
