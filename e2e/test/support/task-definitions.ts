/** What Terraform gives the tasks, read from the committed state of infra/terraform.tfvars.example. */

import { defaultRegion } from "../../../tools/infra/checks/subject.ts";
import { servicesOf } from "../../../tools/infra/network/tasks.ts";

/** Where a task is, what it calls where, and how long it may take to end: on another machine all of that differs. */
const OF_THE_PLACE =
  /^(?:GRPC|HTTP|HEALTH)_(?:HOST|PORT)$|_(?:LB_ENDPOINT|DNS_NAME|CLOUD_MAP)$|^ZONE_CIDRS$|^(?:LAME_DUCK|LAME_DUCK_QUIET|STOP_TIMEOUT)_MS$/;

export interface TaskDefinition {
  /** Variables that hold wherever it runs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of variables whose values ECS takes from SSM. */
  readonly secrets: readonly string[];
}

/** By service, with the variables of infra/terraform.tfvars.example and no others. */
export function readTaskDefinitions(): ReadonlyMap<string, TaskDefinition> {
  return new Map(
    servicesOf(defaultRegion()).map(({ name, container }) => {
      const variables = Object.entries(container.environment).filter(([variable]) => !OF_THE_PLACE.test(variable));
      return [name, { environment: Object.fromEntries(variables), secrets: Object.keys(container.secrets) }];
    }),
  );
}
