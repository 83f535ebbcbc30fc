/** The subnets of a region with the ways that their route tables know: to the internet, through NAT gateways, to S3. */

import { blocksIn, type JsonObject, toText } from "../state/json.ts";
import { type Region, resourcesIn } from "../state/region.ts";

export interface Subnet {
  readonly address: string;
  readonly zone: string;
  /** Whether its addresses are reached from the internet: its way out is an internet gateway. */
  readonly isPublic: boolean;
  /** NAT gateways that its way out leads through. */
  readonly natGateways: readonly string[];
  /** Endpoints that are a route of it and no address in it. */
  readonly gatewayEndpoints: readonly string[];
  /** Tables that say they are its own. */
  readonly tables: readonly string[];
}

const EVERYWHERE = "0.0.0.0/0";

export function subnetsOf(region: Region): readonly Subnet[] {
  const routes = routesOf(region);
  const associations = region.resources("aws_route_table_association").map(({ values }) => ({
    subnets: resourcesIn(values["subnet_id"]),
    tables: resourcesIn(values["route_table_id"]),
  }));
  const endpoints = region.resources("aws_vpc_endpoint").filter(({ values }) => "route_table_ids" in values);
  return region.resources("aws_subnet").map(({ address, values }) => {
    const tables = associations.filter(({ subnets }) => subnets.includes(address)).flatMap((each) => each.tables);
    const out = routes.filter(({ table, to }) => tables.includes(table) && to === EVERYWHERE).flatMap(({ by }) => by);
    return {
      address,
      zone: toText(values["availability_zone"] ?? ""),
      isPublic: out.some((each) => each.startsWith("aws_internet_gateway.")),
      natGateways: out.filter((each) => each.startsWith("aws_nat_gateway.")),
      gatewayEndpoints: endpoints
        .filter((endpoint) => resourcesIn(endpoint.values["route_table_ids"]).some((table) => tables.includes(table)))
        .map((endpoint) => toText(endpoint.values["service_name"] ?? "")),
      tables,
    };
  });
}

interface Route {
  readonly table: string;
  readonly to: string;
  /** The gateway. */
  readonly by: readonly string[];
}

/** Routes of their own, and those that are written within a table. */
function routesOf(region: Region): readonly Route[] {
  const own = region.resources("aws_route").flatMap(({ values }) =>
    resourcesIn(values["route_table_id"]).map((table) => ({
      table,
      to: toText(values["destination_cidr_block"] ?? ""),
      by: gatewayOf(values),
    })),
  );
  const inner = region.resources("aws_route_table").flatMap(({ address, values }) =>
    blocksIn(values, "route").map((route) => ({
      table: address,
      to: toText(route["cidr_block"] ?? ""),
      by: gatewayOf(route),
    })),
  );
  return [...own, ...inner];
}

function gatewayOf(route: JsonObject): readonly string[] {
  return [...resourcesIn(route["gateway_id"]), ...resourcesIn(route["nat_gateway_id"])];
}
