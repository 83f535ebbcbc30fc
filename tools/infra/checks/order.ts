/**
 * What has to be there before something else: Terraform creates side by side whatever does not name each other. A service
 * whose first tasks fail has nothing to roll back to, and what stands in public is refused in a network without a way in.
 */

import { toText, type ValueObject } from "../hcl/value.ts";
import { balancersOf } from "../network/balancers.ts";
import { subnetsOf } from "../network/subnets.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import { blocksIn, type Instance, resourcesIn } from "../plan/instance.ts";
import type { Plan } from "../plan/plan.ts";
import { ACCOUNT, regionOf, type Subject } from "./subject.ts";

/** With a certificate another listener leads to the tasks, with spot the cluster must know what it may use. */
const DEPLOYMENTS: readonly ValueObject[] = [
  {},
  { capacity: "spot", certificate_arn: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/one`, vpc_endpoints: true },
];

export function checkOrder(subject: Subject): readonly string[] {
  const findings = DEPLOYMENTS.flatMap((variables) => {
    const region = regionOf(subject.plan(variables));
    const services = new Map(servicesOf(region).map((each) => [each.address, each]));
    return [
      ...region.resources("aws_ecs_service").flatMap((instance) => {
        const service = services.get(instance.address);
        return service === undefined ? [] : tooEarly(instance, needsOf(instance, service, region), region);
      }),
      ...inPublic(region).flatMap((instance) => tooEarly(instance, waysIn(region), region)),
    ];
  });
  return [...new Set(findings)];
}

const CUT_OFF = "the first tasks have no way to their image, their secrets and their log";

interface Need {
  readonly address: string;
  /** What comes of it when it is not there yet. */
  readonly otherwise: string;
}

function tooEarly(instance: Instance, needs: readonly Need[], region: Plan): readonly string[] {
  const earlier = region.dependencies(instance);
  return needs
    .filter(({ address }) => !earlier.has(blockOf(address)))
    .map(
      ({ address, otherwise }) => `${blockOf(instance.address)} does not wait for ${blockOf(address)}: ${otherwise}`,
    );
}

function needsOf({ values }: Instance, service: Service, region: Plan): readonly Need[] {
  const needs = (type: string, isNeeded: (values: ValueObject) => boolean, otherwise: string): readonly Need[] =>
    region
      .resources(type)
      .filter((each) => isNeeded(each.values))
      .map(({ address }) => ({ address, otherwise }));
  const parameters = Object.values(service.container.secrets).map(toText);
  const subnets = blocksIn(values, "network_configuration").flatMap(({ subnets: own }) => resourcesIn(own));
  const tables = subnetsOf(region)
    .filter(({ address }) => subnets.includes(address))
    .flatMap((subnet) => subnet.tables);
  const rule = (each: ValueObject): boolean => overlap(resourcesIn(each["security_group_id"]), service.groups);
  return [
    ...listenersOf(service, region),
    ...needs(
      "aws_iam_role_policy",
      ({ role }) => overlap(resourcesIn(role), rolesOf(values, region)),
      "the first tasks may not load their image, or not what they ask AWS for",
    ),
    ...needs(
      "aws_ssm_parameter",
      ({ name }) => parameters.some((arn) => arn.endsWith(`:parameter${toText(name ?? "")}`)),
      "the first tasks find no secret",
    ),
    ...needs("aws_vpc_security_group_egress_rule", rule, "the first tasks reach nobody"),
    ...needs("aws_vpc_security_group_ingress_rule", rule, "nobody reaches the first tasks"),
    ...needs("aws_route", (each) => overlap(resourcesIn(each["route_table_id"]), tables), CUT_OFF),
    ...needs("aws_route_table_association", (each) => overlap(resourcesIn(each["subnet_id"]), subnets), CUT_OFF),
    ...needs(
      "aws_vpc_endpoint",
      (each) =>
        overlap(resourcesIn(each["subnet_ids"]), subnets) || overlap(resourcesIn(each["route_table_ids"]), tables),
      CUT_OFF,
    ),
    ...needs(
      "aws_ecs_cluster_capacity_providers",
      () => blocksIn(values, "capacity_provider_strategy").length > 0,
      "ECS refuses a provider that the cluster does not know",
    ),
  ];
}

function listenersOf({ targets }: Service, region: Plan): readonly Need[] {
  const groups = targets.map(({ group }) => group);
  return balancersOf(region)
    .flatMap(({ listeners }) => listeners)
    .filter((listener) => overlap(listener.targets, groups))
    .map(({ address }) => ({ address, otherwise: "ECS refuses a target group that no listener uses" }));
}

function rolesOf(service: ValueObject, region: Plan): readonly string[] {
  const [definition] = resourcesIn(service["task_definition"]);
  return region
    .resources("aws_ecs_task_definition")
    .filter(({ address }) => address === definition)
    .flatMap(({ values }) => [...resourcesIn(values["execution_role_arn"]), ...resourcesIn(values["task_role_arn"])]);
}

/** What the internet reaches, or what reaches it by itself. */
function inPublic(region: Plan): readonly Instance[] {
  const balancers = region.resources("aws_lb").filter(({ values }) => values["internal"] !== true);
  return [...balancers, ...region.resources("aws_nat_gateway")];
}

function waysIn(region: Plan): readonly Need[] {
  const gateways = region.resources("aws_internet_gateway");
  return gateways.map(({ address }) => ({ address, otherwise: "AWS refuses it in a network without one" }));
}

function blockOf(address: string): string {
  return address.replace(/\[.*$/, "");
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((each) => others.includes(each));
}
