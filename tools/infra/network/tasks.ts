/** The ECS services of a plan with what stands around them: their task, its variables, their groups and target groups. */

import { isObject, JsonText, toPlain, toText, type Value, type ValueObject } from "../hcl/value.ts";
import { blocksIn, type Instance, resourcesIn } from "../plan/instance.ts";
import type { Plan } from "../plan/plan.ts";

export interface Service {
  /** `workflow-agent`: the name of its container. */
  readonly name: string;
  readonly address: string;
  readonly groups: readonly string[];
  /** Target groups that its tasks join, with the port that they are told. */
  readonly targets: readonly { readonly group: string; readonly port: number }[];
  /** Port that Cloud Map tells, if it is registered there. */
  readonly registryPort: number | undefined;
  /** Name that Service Connect gives it, if it does. */
  readonly connectName: string | undefined;
  readonly container: Container;
}

interface Container {
  readonly environment: Readonly<Record<string, Value>>;
  /** Names of variables whose values come from SSM, with where from. */
  readonly secrets: Readonly<Record<string, Value>>;
  readonly healthCheck: readonly string[];
  readonly values: ValueObject;
}

/** @throws Error when a service has no task definition or no container of its name */
export function servicesOf(region: Plan): readonly Service[] {
  const definitions = new Map(region.resources("aws_ecs_task_definition").map((each) => [each.address, each]));
  return region.resources("aws_ecs_service").map((service) => {
    const definition = definitions.get(resourcesIn(service.values["task_definition"])[0] ?? "");
    if (definition === undefined) throw new Error(`${service.address} has no task definition`);
    return toService(service, definition);
  });
}

function toService({ address, values }: Instance, definition: Instance): Service {
  const containers = containersOf(definition);
  const name = toText(containers[0]?.["name"] ?? "");
  if (containers[0] === undefined) throw new Error(`${definition.address} has no container`);
  const [registry] = blocksIn(values, "service_registries");
  const connect = blocksIn(values, "service_connect_configuration").flatMap((each) => blocksIn(each, "service"));
  return {
    name,
    address,
    groups: blocksIn(values, "network_configuration").flatMap((each) => resourcesIn(each["security_groups"])),
    targets: blocksIn(values, "load_balancer").map((each) => ({
      group: resourcesIn(each["target_group_arn"])[0] ?? "none",
      port: Number(each["container_port"]),
    })),
    registryPort: registry === undefined ? undefined : Number(registry["container_port"] ?? registry["port"]),
    connectName: connect
      .flatMap((each) => blocksIn(each, "client_alias"))
      .map((alias) => toText(alias["dns_name"] ?? ""))[0],
    container: toContainer(containers[0]),
  };
}

function containersOf({ address, values }: Instance): readonly ValueObject[] {
  const text = values["container_definitions"];
  if (!(text instanceof JsonText) || !Array.isArray(text.value))
    throw new Error(`${address}: container_definitions is no jsonencode([…])`);
  return text.value.filter((each: Value) => isObject(each));
}

function toContainer(values: ValueObject): Container {
  const healthCheck = isObject(values["healthCheck"]) ? toPlain(values["healthCheck"]["command"] ?? []) : [];
  return {
    environment: byName(values["environment"], "value"),
    secrets: byName(values["secrets"], "valueFrom"),
    healthCheck: healthCheck as string[],
    values,
  };
}

function byName(list: Value | undefined, member: string): Readonly<Record<string, Value>> {
  const entries = Array.isArray(list) ? list.filter((each: Value) => isObject(each)) : [];
  return Object.fromEntries(entries.map((each: ValueObject) => [toText(each["name"] ?? ""), each[member] ?? ""]));
}
