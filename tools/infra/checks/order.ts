/**
 * What has to be there before something else: Terraform creates side by side whatever does not name each other. A service
 * whose first tasks fail has nothing to roll back to, and what stands in public is refused in a network without a way in.
 */

import { balancersOf } from "../network/balancers.ts";
import { subnetsOf } from "../network/subnets.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import { blocksIn, type JsonObject, toText } from "../state/json.ts";
import { type Instance, type Region, resourcesIn } from "../state/region.ts";

export function checkOrder(region: Region): readonly string[] {
  const services = new Map(servicesOf(region).map((each) => [each.address, each]));
  const findings = [
    ...region.resources("aws_ecs_service").flatMap((instance) => {
      const service = services.get(instance.address);
      return service === undefined ? [] : tooEarly(instance, needsOf(instance, service, region));
    }),
    ...inPublic(region).flatMap((instance) => tooEarly(instance, waysIn(region))),
  ];
  return [...new Set(findings)];
}

const CUT_OFF = "the first tasks have no way to their image, their secrets and their log";

interface Need {
  readonly address: string;
  /** What comes of it when it is not there yet. */
  readonly otherwise: string;
}

function tooEarly(instance: Instance, needs: readonly Need[]): readonly string[] {
  const earlier = new Set(instance.after);
  return needs
    .filter(({ address }) => !earlier.has(blockOf(address)))
    .map(
      ({ address, otherwise }) => `${blockOf(instance.address)} does not wait for ${blockOf(address)}: ${otherwise}`,
    );
}

function needsOf({ values }: Instance, service: Service, region: Region): readonly Need[] {
  const needs = (type: string, isNeeded: (values: JsonObject) => boolean, otherwise: string): readonly Need[] =>
    region
      .resources(type)
      .filter((each) => isNeeded(each.values))
      .map(({ address }) => ({ address, otherwise }));
  const parameters = Object.values(service.container.secrets);
  const subnets = blocksIn(values, "network_configuration").flatMap(({ subnets: own }) => resourcesIn(own));
  const tables = subnetsOf(region)
    .filter(({ address }) => subnets.includes(address))
    .flatMap((subnet) => subnet.tables);
  const rule = (each: JsonObject): boolean => overlap(resourcesIn(each["security_group_id"]), service.groups);
  return [
    ...listenersOf(service, region),
    ...needs(
      "aws_iam_role_policy",
      ({ role }) =>
        overlap(
          resourcesIn(role),
          service.roles.map(({ address }) => address),
        ),
      "the first tasks may not load their image, or not what they ask AWS for",
    ),
    ...needs(
      "aws_ssm_parameter",
      ({ name }) => parameters.some((arn) => arn.endsWith(`:parameter${toText(name)}`)),
      "the first tasks find no secret",
    ),
    ...needs("aws_vpc_security_group_egress_rule", rule, "the first tasks reach nothing"),
    ...needs("aws_vpc_security_group_ingress_rule", rule, "nothing reaches the first tasks"),
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

function listenersOf({ targets }: Service, region: Region): readonly Need[] {
  const groups = targets.map(({ group }) => group);
  return balancersOf(region)
    .flatMap(({ listeners }) => listeners)
    .filter((listener) => overlap(listener.targets, groups))
    .map(({ address }) => ({ address, otherwise: "ECS refuses a target group that no listener uses" }));
}

/** What the internet reaches, or what reaches it by itself. */
function inPublic(region: Region): readonly Instance[] {
  const balancers = region.resources("aws_lb").filter(({ values }) => values["internal"] !== true);
  return [...balancers, ...region.resources("aws_nat_gateway")];
}

function waysIn(region: Region): readonly Need[] {
  const gateways = region.resources("aws_internet_gateway");
  return gateways.map(({ address }) => ({ address, otherwise: "AWS refuses it in a network without one" }));
}

function blockOf(address: string): string {
  return address.replace(/\[.*$/, "");
}

function overlap(some: readonly string[], others: readonly string[]): boolean {
  return some.some((each) => others.includes(each));
}
