import type { Clock } from "@agent-team/foundation/clock";
import type { EngineAbilities } from "../node-kind.ts";
import type { OwnerLimits } from "../owner-limits.ts";
import type { Secrets } from "../secrets.ts";
import type { WorkflowStore } from "../store/workflow-store.ts";
import type { CronTriggers } from "../triggers/cron-triggers.ts";
import type { Validator } from "../validate/validator.ts";

/** What the handlers of workflows use. */
export interface WorkflowServices {
  readonly workflows: WorkflowStore;
  readonly validator: Validator;
  readonly clock: Clock;
  readonly limits: OwnerLimits;
  readonly abilities: EngineAbilities;
  readonly secrets: Secrets;
  readonly cron: CronTriggers;
}
