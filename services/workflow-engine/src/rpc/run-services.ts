import type { Clock } from "@agent-team/foundation/clock";
import type { Journal } from "@agent-team/journal";
import type { Runner } from "../run/runner.ts";
import type { OwnerLimits } from "../store/owner-limits.ts";
import type { WorkflowStore } from "../store/workflow-store.ts";

/** What the handlers of runs work with. */
export interface RunServices {
  readonly journal: Journal;
  readonly workflows: WorkflowStore;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly limits: OwnerLimits;
}
