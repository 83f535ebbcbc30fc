/** The ECS services of a region with what stands around them: their task, its variables, their groups and target groups. */

import { blocksIn, isObject, type Json, type JsonObject, listOf, toText } from "../state/json.ts";
import { type Instance, type Region, resourcesIn } from "../state/region.ts";

export interface Service {
  /** `workflow-agent`: the name of its container. */
  readonly name: string;
  readonly address: string;
  /** Of `for_each`. */
  readonly key: string | undefined;
  readonly groups: readonly string[];
  /** Target groups that its tasks join, with the container port. */
  readonly targets: readonly { readonly group: string; readonly port: number }[];
  /** The Cloud Map service that its tasks are registered in, and the port that it gives. */
  readonly registry: string | undefined;
  readonly registryPort: number | undefined;
  /** The names by which Cloud Map knows them. */
  readonly registryName: string | undefined;
  readonly registryNamespace: string | undefined;
  readonly records: readonly JsonObject[];
  /** The roles that its tasks have: for ECS before they run, and their own. */
  readonly roles: readonly Instance[];
  /** Name that Service Connect gives it, if it does. */
  readonly connectName: string | undefined;
  readonly container: Container;
  readonly definition: Instance;
}

interface Container {
  readonly environment: Readonly<Record<string, string>>;
  /** Names of variables whose values come from SSM, with where from. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly healthCheck: readonly string[];
  readonly values: JsonObject;
}

/** @throws Error when a service has no task definition or no container of its name */
export function servicesOf(region: Region): readonly Service[] {
  const definitions = new Map(region.resources("aws_ecs_task_definition").map((each) => [each.address, each]));
  const namespaces = new Map(
    region.resources("aws_service_discovery_private_dns_namespace").map((each) => [each.address, each.values["name"]]),
  );
  const registries = new Map(
    region.resources("aws_service_discovery_service").map(({ address, values }) => {
      const [namespace = ""] = blocksIn(values, "dns_config").flatMap((each) => resourcesIn(each["namespace_id"]));
      const records = blocksIn(values, "dns_config").flatMap((each) => blocksIn(each, "dns_records"));
      return [address, { name: toText(values["name"]), namespace: toText(namespaces.get(namespace)), records }];
    }),
  );
  return region.resources("aws_ecs_service").map((service) => {
    const definition = definitions.get(resourcesIn(service.values["task_definition"])[0] ?? "");
    if (definition === undefined) throw new Error(`${service.address} has no task definition`);
    const known = toService(service, definition);
    const registry = registries.get(known.registry ?? "");
    const roles = ["execution_role_arn", "task_role_arn"].flatMap((name) => resourcesIn(definition.values[name]));
    return {
      ...known,
      registryName: registry?.name,
      registryNamespace: registry?.namespace,
      records: registry?.records ?? [],
      roles: region.resources("aws_iam_role").filter(({ address }) => roles.includes(address)),
    };
  });
}

function toService(
  { address, key, values }: Instance,
  definition: Instance,
): Omit<Service, "registryName" | "registryNamespace" | "records" | "roles"> {
  const containers = containersOf(definition);
  const name = toText(containers[0]?.["name"] ?? "");
  if (containers[0] === undefined) throw new Error(`${definition.address} has no container`);
  const [registry] = blocksIn(values, "service_registries");
  const connect = blocksIn(values, "service_connect_configuration").flatMap((each) => blocksIn(each, "service"));
  return {
    name,
    address,
    key,
    groups: blocksIn(values, "network_configuration").flatMap((each) => resourcesIn(each["security_groups"])),
    targets: blocksIn(values, "load_balancer").map((each) => ({
      group: resourcesIn(each["target_group_arn"])[0] ?? "none",
      port: Number(each["container_port"]),
    })),
    registry: resourcesIn(registry?.["registry_arn"])[0],
    registryPort: registry === undefined ? undefined : Number(registry["container_port"] ?? registry["port"]),
    connectName: connect
      .flatMap((each) => blocksIn(each, "client_alias"))
      .map((alias) => toText(alias["dns_name"] ?? ""))[0],
    container: toContainer(containers[0]),
    definition,
  };
}

function containersOf({ address, values }: Instance): readonly JsonObject[] {
  const definitions = values["container_definitions"];
  if (!Array.isArray(definitions)) throw new Error(`${address}: container_definitions is no list in JSON`);
  return definitions.filter((each: Json) => isObject(each));
}

function toContainer(values: JsonObject): Container {
  const healthCheck = isObject(values["healthCheck"]) ? listOf(values["healthCheck"]["command"]) : [];
  return {
    environment: byName(values["environment"], "value"),
    secrets: byName(values["secrets"], "valueFrom"),
    healthCheck: healthCheck.map(toText),
    values,
  };
}

function byName(list: Json | undefined, member: string): Readonly<Record<string, string>> {
  const entries = listOf(list).filter((each) => isObject(each));
  return Object.fromEntries(entries.map((each) => [toText(each["name"]), toText(each[member])]));
}
