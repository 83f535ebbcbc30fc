import { isJournalError } from "@agent-team/journal";
import { Code } from "@connectrpc/connect";
import { rpcError } from "./errors.ts";

/**
 * What came of keeping something for an owner; the owner's own quota is the owner's error, which no waiting mends.
 * `what`: for instance "workflows".
 */
export async function withinQuota<T>(
  kept: Promise<T>,
  what: "runs" | "workflows",
  limits: { readonly count: number; readonly bytes: number },
): Promise<T> {
  try {
    return await kept;
  } catch (error) {
    if (!isJournalError(error, "over-quota")) throw error;
    const message = `at most ${limits.count} ${what} and ${limits.bytes} bytes of them are kept for one owner: delete some`;
    const reason = what === "runs" ? "QUOTA_RUNS" : "QUOTA_WORKFLOWS";
    throw rpcError(Code.ResourceExhausted, reason, message);
  }
}
