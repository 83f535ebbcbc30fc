/** The subnets of a region, with the routes of their route tables. */

import type { Block } from "../state/block.ts";
import type { Region } from "../state/region.ts";

export interface Subnet {
  readonly address: string;
  readonly zone: string;
  /** Its default route is an internet gateway. */
  readonly isPublic: boolean;
  /** NAT gateways of its default route. */
  readonly natGateways: readonly string[];
  /** AWS services that it reaches through gateway endpoints. */
  readonly gatewayEndpoints: readonly string[];
  readonly tables: readonly string[];
}

interface Route {
  readonly table: string;
  readonly gateways: readonly string[];
}

export function subnetsOf(region: Region): readonly Subnet[] {
  const routes = defaultRoutesOf(region);
  const associations = region.resources("aws_route_table_association");
  const endpoints = region.resources("aws_vpc_endpoint");
  return region.resources("aws_subnet").map((subnet) => {
    const { address } = subnet;
    const tables = associations
      .filter((each) => each.refs("subnet_id").includes(address))
      .flatMap((each) => each.refs("route_table_id"));
    const gateways = routes.filter(({ table }) => tables.includes(table)).flatMap((route) => route.gateways);
    return {
      address,
      zone: subnet.text("availability_zone"),
      isPublic: gateways.some((each) => each.startsWith("aws_internet_gateway.")),
      natGateways: gateways.filter((each) => each.startsWith("aws_nat_gateway.")),
      gatewayEndpoints: endpoints
        .filter((endpoint) => endpoint.refs("route_table_ids").some((table) => tables.includes(table)))
        .map((endpoint) => endpoint.text("service_name")),
      tables,
    };
  });
}

/** A route is a resource of its own, or a block of its table. */
function defaultRoutesOf(region: Region): readonly Route[] {
  const gatewaysOf = (route: Block): readonly string[] => [
    ...route.refs("gateway_id"),
    ...route.refs("nat_gateway_id"),
  ];
  const own = region
    .resources("aws_route")
    .filter((route) => route.text("destination_cidr_block") === "0.0.0.0/0")
    .map((route) => ({ table: route.refs("route_table_id")[0] ?? "", gateways: gatewaysOf(route) }));
  const inline = region.resources("aws_route_table").flatMap((table) =>
    table
      .blocks("route")
      .filter((route) => route.text("cidr_block") === "0.0.0.0/0")
      .map((route) => ({ table: table.address, gateways: gatewaysOf(route) })),
  );
  return [...own, ...inline];
}
