/**
 * The subnets of resources: private ones, except for what the internet reaches, and one in each zone. And the routes of
 * private subnets: to S3 through its endpoint, and to the internet through the NAT gateway of their own zone if it has one.
 */

import { type Subnet, subnetsOf } from "../network/subnets.ts";
import type { Block, Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";
import { compare, type Findings } from "./findings.ts";

/** The subnets of a resource, by its type. */
const SUBNETS: Readonly<Record<string, (resource: Block) => readonly string[]>> = {
  aws_ecs_service: (service) => service.block("network_configuration").refs("subnets"),
  aws_elasticache_subnet_group: (group) => group.refs("subnet_ids"),
  aws_lb: (balancer) => balancer.refs("subnets"),
  aws_nat_gateway: (gateway) => gateway.refs("subnet_id"),
  aws_vpc_endpoint: (endpoint) => endpoint.refs("subnet_ids"),
};

export function* checkPlacement(region: Region): Findings {
  const subnets = subnetsOf(region);
  const vpc = region.only("aws_vpc");
  const dns = { enable_dns_support: "true", enable_dns_hostnames: "true" };
  yield* compare(vpc.address, vpc, dns, "Cloud Map's private names are answered by the VPC's DNS");
  for (const resource of region.resources(...Object.keys(SUBNETS))) yield* checkSubnets(resource, subnets);
  for (const subnet of subnets) yield* checkRoutes(subnet, natGatewaysOf(region, subnets));
}

function* checkSubnets(resource: Instance, subnets: readonly Subnet[]): Findings {
  const { address, type } = resource;
  // A gateway endpoint is a route, and in no subnet.
  if (resource.text("vpc_endpoint_type") === "Gateway") return;
  const own = subnets.filter((subnet) => SUBNETS[type]?.(resource).includes(subnet.address));
  const isPublic = type === "aws_nat_gateway" || (type === "aws_lb" && resource.text("internal") !== "true");
  for (const subnet of own) {
    if (subnet.isPublic !== isPublic)
      yield `${address} is in ${subnet.address}, which is ${sideOf(subnet.isPublic)}: expected ${sideOf(isPublic)}`;
  }
  const [zones, all] = [own, subnets].map((each) => new Set(each.map(({ zone }) => zone)).size);
  const expected = type === "aws_nat_gateway" ? 1 : all;
  if (zones !== expected) yield `${address} is in ${zones} of ${all} zones: expected ${expected}`;
}

function* checkRoutes(subnet: Subnet, gateways: readonly NatGateway[]): Findings {
  const { address, tables, isPublic, natGateways, gatewayEndpoints, zone } = subnet;
  if (tables.length !== 1) yield `${address} has ${tables.length} route tables: expected one`;
  if (tables.length !== 1 || isPublic) return;
  const near = gateways.filter((each) => each.zone === zone);
  const good = (near.length > 0 ? near : gateways).map((each) => each.address);
  const [used] = natGateways;
  if (used === undefined && gateways.length > 0) yield `${address} has no route to the internet`;
  if (used !== undefined && !good.includes(used))
    yield `${address} has its default route through ${used}: expected ${good.join(" or ")}, which is in its own zone`;
  if (!gatewayEndpoints.some((service) => service.endsWith(".s3")))
    yield `${address} has no route to an endpoint of S3: the layers of images pass a NAT gateway, or nothing`;
}

interface NatGateway {
  readonly address: string;
  readonly zone: string | undefined;
}

function natGatewaysOf(region: Region, subnets: readonly Subnet[]): readonly NatGateway[] {
  return region.resources("aws_nat_gateway").map((gateway) => ({
    address: gateway.address,
    zone: subnets.find((subnet) => gateway.refs("subnet_id").includes(subnet.address))?.zone,
  }));
}

function sideOf(isPublic: boolean): string {
  return isPublic ? "public" : "private";
}
