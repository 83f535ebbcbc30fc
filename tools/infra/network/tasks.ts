/** The ECS services of a region, each with its task definition, Cloud Map service, security groups and target groups. */

import type { Block, Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";

export interface Service {
  /** `workflow-agent`: the name of its container. */
  readonly name: string;
  readonly instance: Instance;
  readonly definition: Instance;
  readonly container: Container;
  /** The execution role and the task role. */
  readonly roles: readonly Instance[];
  readonly groups: readonly string[];
  /** Target groups that its tasks join, with the container port. */
  readonly targets: readonly { readonly group: string; readonly port: number }[];
  readonly registry: Registry | undefined;
  /** Its name in Service Connect; empty without Service Connect. */
  readonly connectName: string;
}

/** The Cloud Map service of an ECS service. */
interface Registry {
  readonly address: string;
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
  readonly records: readonly Block[];
}

interface Container {
  readonly block: Block;
  readonly environment: Readonly<Record<string, string>>;
  /** ARN of the SSM parameter, by the variable's name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** @throws Error when a service has no task definition or no container */
export function servicesOf(region: Region): readonly Service[] {
  return region.resources("aws_ecs_service").map((instance) => toService(instance, region));
}

function toService(instance: Instance, region: Region): Service {
  const definition = region.find(instance.refs("task_definition")[0]);
  if (definition === undefined) throw new Error(`${instance.address} has no task definition`);
  const [block] = definition.blocks("container_definitions");
  if (block === undefined) throw new Error(`${definition.address} has no container`);
  const roles = [...definition.refs("execution_role_arn"), ...definition.refs("task_role_arn")];
  return {
    name: block.text("name"),
    instance,
    definition,
    container: {
      block,
      environment: byName(block.blocks("environment"), "value"),
      secrets: byName(block.blocks("secrets"), "valueFrom"),
    },
    roles: region.resources("aws_iam_role").filter(({ address }) => roles.includes(address)),
    groups: instance.block("network_configuration").refs("security_groups"),
    targets: instance.blocks("load_balancer").map((each) => ({
      group: each.refs("target_group_arn")[0] ?? "none",
      port: each.number("container_port"),
    })),
    registry: registryOf(instance, region),
    connectName: instance.block("service_connect_configuration", "service", "client_alias").text("dns_name"),
  };
}

function registryOf(service: Instance, region: Region): Registry | undefined {
  const registration = service.block("service_registries");
  const registry = region.find(registration.refs("registry_arn")[0]);
  if (registry === undefined) return undefined;
  const namespace = region.find(registry.block("dns_config").refs("namespace_id")[0]);
  return {
    address: registry.address,
    name: registry.text("name"),
    namespace: namespace?.text("name") ?? "",
    port: registration.number(registration.has("container_port") ? "container_port" : "port"),
    records: registry.blocks("dns_config", "dns_records"),
  };
}

function byName(blocks: readonly Block[], member: string): Readonly<Record<string, string>> {
  return Object.fromEntries(blocks.map((each) => [each.text("name"), each.text(member)]));
}
