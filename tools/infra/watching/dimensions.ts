/**
 * Whom a figure is of. A dimension's value is not checked by anybody at AWS: a figure of a service that does not exist is
 * asked for as well as any other, and never comes.
 */

import { balancersOf } from "../network/balancers.ts";
import { servicesOf } from "../network/tasks.ts";
import { type JsonObject, toText } from "../state/json.ts";
import { type Region, resourcesIn } from "../state/region.ts";
import type { Figure } from "./figures.ts";

/** What a dimension's value may be, said of what stands beside it. Values are texts, or attributes of resources. */
type Values = (region: Region, figure: Figure) => readonly string[];

/** Which balancers write into a namespace. */
const KINDS: Readonly<Record<string, string>> = { "AWS/ApplicationELB": "application", "AWS/NetworkELB": "network" };

const VALUES: Readonly<Record<string, Values>> = {
  CacheClusterId: (region) =>
    region.resources("aws_elasticache_replication_group").flatMap(({ values }) => nodesOf(values)),
  ClusterName: (region) => namesOf("aws_ecs_cluster", region),
  LoadBalancer: (region, { namespace }) =>
    balancersOf(region)
      .filter(({ kind }) => kind === KINDS[namespace])
      .map(({ address }) => `${address}.arn_suffix`),
  NatGatewayId: (region) => region.resources("aws_nat_gateway").map(({ address }) => `${address}.id`),
  ServiceName: (region) => namesOf("aws_ecs_service", region),
  // Beside the balancer that sends to it.
  TargetGroup: (region, { dimensions }) =>
    balancersOf(region)
      .filter(({ address }) => resourcesIn(dimensions["LoadBalancer"]).includes(address))
      .flatMap(({ targets }) => targets.map(({ address }) => `${address}.arn_suffix`)),
  // The programs write these.
  service: (region) => servicesOf(region).map(({ name }) => name),
  target: (region) => servicesOf(region).map(({ name }) => name),
};

/** What is wrong with the values of a figure's dimensions, a line each. */
export function strangersIn(figure: Figure, region: Region): readonly string[] {
  return Object.entries(figure.dimensions).flatMap(([name, value]) => {
    const expected = VALUES[name]?.(region, figure) ?? [];
    return expected.includes(toText(value))
      ? []
      : [`${name} is ${toText(value)}: expected ${expected.length === 0 ? "nothing" : expected.join(" or ")}`];
  });
}

/** AWS: nodes of a group are called "{replication group id}-001", and so on. */
function nodesOf(group: JsonObject): readonly string[] {
  const id = toText(group["replication_group_id"] ?? "");
  return Array.from(
    { length: Number(group["num_cache_clusters"]) },
    (_, index) => `${id}-${String(index + 1).padStart(3, "0")}`,
  );
}

function namesOf(type: string, region: Region): readonly string[] {
  return region.resources(type).map(({ values }) => toText(values["name"] ?? ""));
}
