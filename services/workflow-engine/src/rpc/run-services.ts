import type { Clock } from "@agent-team/foundation/clock";
import type { ApprovalLinks } from "../approval-links.ts";
import type { EngineAbilities } from "../node-kind.ts";
import type { Runner } from "../run/runner.ts";
import type { RunQueue } from "../run-queue.ts";
import type { Secrets } from "../secrets.ts";
import type { RunStore } from "../store/run-store.ts";
import type { WorkflowStore } from "../store/workflow-store.ts";
import type { QuotaServices } from "./quota.ts";

/** What the handlers of runs use. */
export interface RunServices extends QuotaServices {
  readonly runs: RunStore;
  readonly workflows: WorkflowStore;
  readonly runner: Runner;
  readonly queue: RunQueue;
  readonly clock: Clock;
  readonly abilities: EngineAbilities;
  readonly secrets: Secrets;
  /** Absent: this engine makes no links, and knows none. */
  readonly approvalLinks?: ApprovalLinks | undefined;
  /** Fires when this engine drains: streams end, and others go on with them. */
  readonly draining: AbortSignal;
}
