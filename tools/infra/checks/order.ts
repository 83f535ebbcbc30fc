/**
 * The order of creation: Terraform creates resources side by side unless one depends on the other. A service cannot
 * roll back when its first tasks fail, and AWS refuses public resources in a VPC without an internet gateway.
 */

import { forwardsTo } from "../network/balancers.ts";
import { subnetsOf } from "../network/subnets.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import type { Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

const CUT_OFF = "the first tasks could not load their image and their secrets, or write their log";

/** By type: the resources that have to exist before a service, and what would happen to its first tasks otherwise. */
type Needs = Readonly<Record<string, readonly [isNeeded: (each: Instance) => boolean, otherwise: string]>>;

export function* checkOrder(region: Region): Findings {
  for (const service of servicesOf(region)) {
    for (const [type, [isNeeded, otherwise]] of Object.entries(needsOf(service, region)))
      yield* checkAfter(service.instance, region.resources(type).filter(isNeeded), otherwise);
  }
  const balancers = region.resources("aws_lb").filter((each) => each.text("internal") !== "true");
  for (const each of [...balancers, ...region.resources("aws_nat_gateway")])
    yield* checkAfter(each, region.resources("aws_internet_gateway"), "AWS refuses it in a VPC without one");
}

function* checkAfter(instance: Instance, needed: readonly Instance[], otherwise: string): Findings {
  for (const { address } of needed) {
    if (!instance.after.includes(blockOf(address)))
      yield `${blockOf(instance.address)} does not wait for ${blockOf(address)}: ${otherwise}`;
  }
}

function needsOf({ instance, container, groups, roles, targets }: Service, region: Region): Needs {
  const subnets = instance.block("network_configuration").refs("subnets");
  const tables = subnetsOf(region).flatMap((subnet) => (subnets.includes(subnet.address) ? subnet.tables : []));
  const targetGroups = targets.map(({ group }) => group);
  const parameters = Object.values(container.secrets);
  const isOfRole = (each: Instance): boolean =>
    overlap(
      each.refs("role"),
      roles.map(({ address }) => address),
    );
  const isOfGroup = (each: Instance): boolean => overlap(each.refs("security_group_id"), groups);
  const isInSubnets = (each: Instance): boolean =>
    overlap([...each.refs("subnet_id"), ...each.refs("subnet_ids")], subnets) ||
    overlap([...each.refs("route_table_id"), ...each.refs("route_table_ids")], tables);
  return {
    aws_lb_listener: [
      (each) => overlap(forwardsTo(each), targetGroups),
      "ECS refuses a target group that no listener uses",
    ],
    aws_iam_role_policy: [isOfRole, "the first tasks may not load their image, or not call AWS"],
    aws_ssm_parameter: [
      (each) => parameters.some((arn) => arn.endsWith(`:parameter${each.text("name")}`)),
      "the first tasks find no secret",
    ],
    aws_vpc_security_group_egress_rule: [isOfGroup, "the first tasks reach nothing"],
    aws_vpc_security_group_ingress_rule: [isOfGroup, "nothing reaches the first tasks"],
    aws_route: [isInSubnets, CUT_OFF],
    aws_route_table_association: [isInSubnets, CUT_OFF],
    aws_vpc_endpoint: [isInSubnets, CUT_OFF],
    aws_ecs_cluster_capacity_providers: [
      () => instance.has("capacity_provider_strategy"),
      "ECS refuses a provider that the cluster does not know",
    ],
  };
}

function blockOf(address: string): string {
  return address.replace(/\[.*$/, "");
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((each) => others.includes(each));
}
