/** The values of dimensions. CloudWatch accepts any value: a metric of a service that does not exist has no data, and no error. */

import { type Balancer, balancersOf } from "../network/balancers.ts";
import { servicesOf } from "../network/tasks.ts";
import { resourcesIn } from "../state/block.ts";
import { toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";
import type { MetricUse } from "./metric-uses.ts";

type Values = (region: Region, use: MetricUse) => readonly string[];

/** The load balancers that write into a namespace. */
const KINDS: Readonly<Record<string, Balancer["kind"]>> = {
  "AWS/ApplicationELB": "application",
  "AWS/NetworkELB": "network",
};

/** The values that a dimension can have: texts, or attributes of resources. */
const VALUES: Readonly<Record<string, Values>> = {
  CacheClusterId: cacheNodesOf,
  ClusterName: (region) => region.resources("aws_ecs_cluster").map((each) => each.text("name")),
  LoadBalancer: (region, { namespace }) =>
    balancersOf(region)
      .filter(({ kind }) => kind === KINDS[namespace])
      .map(({ instance }) => `${instance.address}.arn_suffix`),
  NatGatewayId: (region) => region.resources("aws_nat_gateway").map(({ address }) => `${address}.id`),
  ServiceName: (region) => region.resources("aws_ecs_service").map((each) => each.text("name")),
  // Of the load balancer in the dimension beside it.
  TargetGroup: (region, { dimensions }) =>
    balancersOf(region)
      .filter(({ instance }) => resourcesIn(dimensions["LoadBalancer"]).includes(instance.address))
      .flatMap(({ targets }) => targets.map(({ instance }) => `${instance.address}.arn_suffix`)),
  // The programs write these two.
  service: (region) => servicesOf(region).map(({ name }) => name),
  target: (region) => servicesOf(region).map(({ name }) => name),
};

/** A line for each dimension with a value of no resource. */
export function unknownDimensions(use: MetricUse, region: Region): readonly string[] {
  return Object.entries(use.dimensions).flatMap(([name, value]) => {
    const expected = VALUES[name]?.(region, use) ?? [];
    return expected.includes(toText(value))
      ? []
      : [`${name} is ${toText(value)}: expected ${expected.join(" or ") || "no such dimension"}`];
  });
}

/** AWS: nodes of a group are called "{replication group id}-001", and so on. */
function cacheNodesOf(region: Region): readonly string[] {
  return region
    .resources("aws_elasticache_replication_group")
    .flatMap((cache) =>
      Array.from(
        { length: cache.number("num_cache_clusters") },
        (_, index) => `${cache.text("replication_group_id")}-${String(index + 1).padStart(3, "0")}`,
      ),
    );
}
