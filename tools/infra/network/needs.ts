/**
 * The ways that must be open, computed from everything but the security groups: where balancers listen and send, what each
 * task calls according to its variables, and what tasks reach outside.
 */

import type { Target } from "@agent-team/grpc-client";
import { toText } from "../state/json.ts";
import { type Region, resourcesIn } from "../state/region.ts";
import { type Balancer, balancersOf } from "./balancers.ts";
import { targetsOf } from "./clients.ts";
import { type Edge, INTERNET } from "./edge.ts";
import { type Service, servicesOf } from "./tasks.ts";

/** What the HTTP nodes of workflows may call; the others need AWS and the APIs of models. */
const OUTSIDE_PORTS: Readonly<Record<string, readonly number[]>> = { "workflow-engine": [80, 443] };
const HTTPS: readonly number[] = [443];
const REDIS_PORT = 6379;

/** @throws Error for a variable that leads to no service */
export function needsOf(region: Region): readonly Edge[] {
  const services = servicesOf(region);
  const balancers = balancersOf(region);
  return [
    ...balancers.flatMap((balancer) => [...intoBalancer(balancer, region), ...behindBalancer(balancer, services)]),
    ...services.flatMap((service) => [...toServers(service, services, balancers), ...toCache(service, region)]),
    ...(region.resources("aws_nat_gateway").length > 0 ? services.flatMap(outside) : []),
    ...intoEndpoints(services, region),
  ];
}

/** The sources that a state's variables name; all others are open to the internet. */
const SOURCES: Readonly<Record<string, readonly string[]>> = { minimal: ["203.0.113.7/32"] };

/** The public balancer is for the internet, or for the sources that a variable names; the internal one for the VPC. */
function intoBalancer({ groups, ports, isInternal }: Balancer, region: Region): Edge[] {
  const clients = isInternal ? vpcCidrs(region) : (SOURCES[region.state] ?? [INTERNET]);
  return product(clients, groups, ports);
}

function behindBalancer(balancer: Balancer, services: readonly Service[]): Edge[] {
  return balancer.targets.flatMap(({ address, port, healthPort }) =>
    services
      .filter(({ targets }) => targets.some(({ group }) => group === address))
      .flatMap(({ groups }) => product(balancer.groups, groups, [port, healthPort])),
  );
}

/** Whom a task calls, as its own client reads the variables. */
function toServers(client: Service, services: readonly Service[], balancers: readonly Balancer[]): Edge[] {
  return targetsOf(client).flatMap(({ prefix, target }) =>
    target.tiers.flatMap((tier) =>
      endsOf(tier, services, balancers).flatMap((ends) => {
        if (ends === undefined) throw new Error(`${client.name}: ${prefix}, ${describeTier(tier)} leads to no service`);
        return product(client.groups, ends.groups, [ends.port]);
      }),
    ),
  );
}

type Tier = Target["tiers"][number];

interface Ends {
  readonly groups: readonly string[];
  readonly port: number;
}

function endsOf(
  tier: Tier,
  services: readonly Service[],
  balancers: readonly Balancer[],
): readonly (Ends | undefined)[] {
  if (tier.strategy === "lb") return [balancerAt(tier, balancers)];
  if (tier.strategy === "env")
    return tier.endpoints.map(({ host, port }) =>
      endAt(
        services.find((each) => each.connectName === host),
        port,
      ),
    );
  const [service, namespace] = tier.strategy === "dns" ? splitName(tier.name) : [tier.service, tier.namespace];
  const server = services.find((each) => each.registryName === service && each.registryNamespace === namespace);
  const port = tier.strategy === "dns" ? tier.port : undefined;
  return [endAt(server, port ?? server?.registryPort ?? tier.defaultPort)];
}

function splitName(name: string): readonly [string, string] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function balancerAt({ host, port }: { host: string; port: number }, balancers: readonly Balancer[]): Ends | undefined {
  const balancer = balancers.find(({ dnsName, ports }) => host === dnsName && ports.includes(port));
  return balancer === undefined ? undefined : { groups: balancer.groups, port };
}

function endAt(server: Service | undefined, port: number): Ends | undefined {
  return server === undefined ? undefined : { groups: server.groups, port };
}

function describeTier(tier: Tier): string {
  const { strategy, ...rest } = tier;
  return `${strategy} ${JSON.stringify(rest)}`;
}

function toCache({ container, groups }: Service, region: Region): Edge[] {
  if (container.secrets["REDIS_URL"] === undefined && container.environment["REDIS_URL"] === undefined) return [];
  const ours = region.resources("aws_elasticache_replication_group");
  // The user's own Redis is somewhere in the VPC, and has the usual port.
  if (ours.length === 0) return product(groups, vpcCidrs(region), [REDIS_PORT]);
  return ours.flatMap(({ values }) =>
    product(groups, resourcesIn(values["security_group_ids"]), [Number(values["port"])]),
  );
}

function vpcCidrs(region: Region): readonly string[] {
  return region.resources("aws_vpc").map(({ values }) => toText(values["cidr_block"]));
}

/** Each task writes logs and reads its image and its secrets over HTTPS. */
function outside({ name, groups }: Service): Edge[] {
  return product(groups, [INTERNET], OUTSIDE_PORTS[name] ?? HTTPS);
}

function intoEndpoints(services: readonly Service[], region: Region): Edge[] {
  // A gateway endpoint has no group: rules name it by its prefix list.
  const endpoints = region
    .resources("aws_vpc_endpoint")
    .flatMap(({ address, values }) =>
      values["vpc_endpoint_type"] === "Gateway" ? [address] : resourcesIn(values["security_group_ids"]),
    );
  return product(
    services.flatMap(({ groups }) => groups),
    [...new Set(endpoints)],
    HTTPS,
  );
}

function product(from: readonly string[], to: readonly string[], ports: readonly number[]): Edge[] {
  return from.flatMap((source) =>
    to.flatMap((target) => [...new Set(ports)].map((port) => ({ from: source, to: target, port }))),
  );
}
