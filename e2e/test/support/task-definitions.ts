/** What Terraform tells the tasks, read from infra/ as its plan would have it. */

import { join } from "node:path";
import { readSubject, regionOf } from "../../../tools/infra/checks/subject.ts";
import { toText } from "../../../tools/infra/hcl/value.ts";
import { servicesOf } from "../../../tools/infra/network/tasks.ts";

const INFRA = join(import.meta.dirname, "..", "..", "..", "infra");

/** Where a task is, whom it finds where, and how long it may take to end: on another machine all of that differs. */
const OF_THE_PLACE =
  /^(?:GRPC|HTTP|HEALTH)_(?:HOST|PORT)$|_(?:LB_ENDPOINT|DNS_NAME|CLOUD_MAP)$|^ZONE_CIDRS$|^(?:LAME_DUCK|LAME_DUCK_QUIET|STOP_TIMEOUT)_MS$/;

export interface TaskDefinition {
  /** Variables that hold wherever it runs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Names of variables whose values ECS takes from SSM. */
  readonly secrets: readonly string[];
}

/** By service, with the variables of infra/terraform.tfvars.example and no others. */
export async function readTaskDefinitions(): Promise<ReadonlyMap<string, TaskDefinition>> {
  const services = servicesOf(regionOf((await readSubject(INFRA)).plan()));
  return new Map(
    services.map(({ name, container }) => {
      const variables = Object.entries(container.environment).filter(([variable]) => !OF_THE_PLACE.test(variable));
      const environment = Object.fromEntries(variables.map(([variable, value]) => [variable, toText(value)]));
      return [name, { environment, secrets: Object.keys(container.secrets) }];
    }),
  );
}
