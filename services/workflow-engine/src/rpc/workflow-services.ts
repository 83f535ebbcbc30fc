import type { Clock } from "@agent-team/foundation/clock";
import type { EngineAbilities } from "../node-kind.ts";
import type { Secrets } from "../secrets.ts";
import type { WorkflowStore } from "../store/workflow-store.ts";
import type { CronTriggers } from "../triggers/cron-triggers.ts";
import type { Validator } from "../validate/validator.ts";
import type { QuotaServices } from "./quota.ts";

/** What the handlers of workflows use. */
export interface WorkflowServices extends QuotaServices {
  readonly workflows: WorkflowStore;
  readonly validator: Validator;
  readonly clock: Clock;
  readonly abilities: EngineAbilities;
  readonly secrets: Secrets;
  readonly cron: CronTriggers;
}
