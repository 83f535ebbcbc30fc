/**
 * Where things stand: what the internet must not reach in private subnets, what it must reach in public ones, and each in
 * as many zones as there are. And which way leads out of a private subnet: to S3 past every NAT gateway, and to the
 * internet through the gateway of its own zone wherever that has one.
 */

import { type Subnet, subnetsOf } from "../network/subnets.ts";
import { blocksIn, type JsonObject } from "../state/json.ts";
import { type Region, resourcesIn } from "../state/region.ts";

type Side = "public" | "private";

interface Standing {
  /** Nothing for what is a route and stands nowhere. */
  readonly subnets: (values: JsonObject) => readonly string[] | undefined;
  readonly side: (values: JsonObject) => Side;
  /** Whether one of it stands in one zone. All others stand in each. */
  readonly isOfOneZone?: boolean;
}

const STANDINGS: Readonly<Record<string, Standing>> = {
  aws_ecs_service: {
    subnets: (values) => blocksIn(values, "network_configuration").flatMap(({ subnets }) => resourcesIn(subnets)),
    side: () => "private",
  },
  aws_elasticache_subnet_group: { subnets: ({ subnet_ids: ids }) => resourcesIn(ids), side: () => "private" },
  aws_lb: {
    subnets: ({ subnets }) => resourcesIn(subnets),
    side: ({ internal }) => (internal === true ? "private" : "public"),
  },
  aws_nat_gateway: { subnets: ({ subnet_id: id }) => resourcesIn(id), side: () => "public", isOfOneZone: true },
  aws_vpc_endpoint: {
    subnets: (values) => (values["vpc_endpoint_type"] === "Interface" ? resourcesIn(values["subnet_ids"]) : undefined),
    side: () => "private",
  },
};

export function checkPlacement(region: Region): readonly string[] {
  const subnets = subnetsOf(region);
  return [...misplaced(region, subnets), ...misrouted(region, subnets), ...unnamed(region)];
}

/** Cloud Map's private names are answered by the VPC's own DNS. */
function unnamed(region: Region): readonly string[] {
  const { address, values } = region.only("aws_vpc");
  return ["enable_dns_support", "enable_dns_hostnames"]
    .filter((name) => values[name] !== true)
    .map((name) => `${address}: ${name} is not true: no task would find another by its name`);
}

function misplaced(region: Region, subnets: readonly Subnet[]): readonly string[] {
  const zones = zonesOf(subnets);
  return Object.entries(STANDINGS).flatMap(([type, standing]) =>
    region.resources(type).flatMap(({ address, values }) => {
      const addresses = standing.subnets(values);
      if (addresses === undefined) return [];
      const own = subnets.filter((subnet) => addresses.includes(subnet.address));
      const side = standing.side(values);
      const expected = standing.isOfOneZone === true ? 1 : zones.size;
      return [
        ...own
          .filter(({ isPublic }) => isPublic !== (side === "public"))
          .map((subnet) => `${address} stands in ${subnet.address}, which is ${opposite(side)}: expected ${side}`),
        ...(zonesOf(own).size === expected
          ? []
          : [`${address} stands in ${zonesOf(own).size} of ${zones.size} zones: expected ${expected}`]),
      ];
    }),
  );
}

function misrouted(region: Region, subnets: readonly Subnet[]): readonly string[] {
  const gateways = region.resources("aws_nat_gateway").map(({ address, values }) => {
    const [home] = resourcesIn(values["subnet_id"]);
    return { address, zone: subnets.find((subnet) => subnet.address === home)?.zone };
  });
  return subnets.flatMap((subnet) => {
    if (subnet.tables.length !== 1) return [`${subnet.address} has ${subnet.tables.length} route tables: expected one`];
    if (subnet.isPublic) return [];
    const near = gateways.filter(({ zone }) => zone === subnet.zone);
    const good = (near.length > 0 ? near : gateways).map(({ address }) => address);
    const [used] = subnet.natGateways;
    return [
      ...(used === undefined && gateways.length > 0 ? [`${subnet.address} has no way to the internet`] : []),
      ...(used === undefined || good.includes(used)
        ? []
        : [`${subnet.address} goes out through ${used}: expected ${good.join(" or ")}, which is in its own zone`]),
      ...(subnet.gatewayEndpoints.some((service) => service.endsWith(".s3"))
        ? []
        : [`${subnet.address} has no route to an endpoint of S3: the layers of images pass a NAT gateway, or nothing`]),
    ];
  });
}

function zonesOf(subnets: readonly Subnet[]): ReadonlySet<string> {
  return new Set(subnets.map(({ zone }) => zone));
}

function opposite(side: Side): Side {
  return side === "public" ? "private" : "public";
}
