import type { Node } from "@agent-team/contracts";
import type { Random } from "@agent-team/foundation/random";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { DEFAULT_INITIAL_BACKOFF_MS, DEFAULT_MAX_BACKOFF_MS } from "../limits.ts";
import type { RunEvent } from "../run-event.ts";

type NodeFailed = Extract<RunEvent, { readonly type: "node_failed" }>;

/** What a failed attempt of a node becomes: another attempt later, or the failure of the node. `attempt`: 1 for the first. */
export function afterFailure(node: Node, failed: NodeFailed, attempt: number, random: Random): RunEvent {
  const maxAttempts = node.retryPolicy?.maxAttempts || 1;
  const { nodeId, timeMs, error } = failed;
  if (!error.retryable || attempt >= maxAttempts) return failed;
  return { type: "node_retrying", timeMs, nodeId, wakeMs: timeMs + backoffMs(node, attempt, random), error };
}

/** Full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015), so that runs that failed together do not come back together. */
function backoffMs({ retryPolicy }: Node, attempt: number, random: Random): number {
  const { initialBackoff, backoffMultiplier = 0, maxBackoff } = retryPolicy ?? {};
  const initialMs = initialBackoff === undefined ? DEFAULT_INITIAL_BACKOFF_MS : durationMs(initialBackoff);
  const maxMs = maxBackoff === undefined ? DEFAULT_MAX_BACKOFF_MS : durationMs(maxBackoff);
  return Math.ceil(Math.min(maxMs, initialMs * (backoffMultiplier || 2) ** (attempt - 1)) * random());
}
