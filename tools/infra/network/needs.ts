/**
 * The flows that must be admitted, computed from everything but the security groups: the listeners and target groups of the
 * load balancers, the servers that each task calls according to its variables, and what tasks reach outside the VPC.
 */

import type { Target } from "@agent-team/grpc-client";
import type { Region } from "../state/region.ts";
import { type Balancer, balancersOf } from "./balancers.ts";
import { targetsOf } from "./clients.ts";
import { type Flow, INTERNET } from "./rules.ts";
import { type Service, servicesOf } from "./tasks.ts";

/** The HTTP nodes of workflows may call port 80; the other services call AWS and model APIs only. */
const OUTSIDE_PORTS: Readonly<Record<string, readonly number[]>> = { "workflow-engine": [80, 443] };
const HTTPS: readonly number[] = [443];
const REDIS_PORT = 6379;

/** The states that restrict the callers of the public load balancer. */
const SOURCES: Readonly<Record<string, readonly string[]>> = { minimal: ["203.0.113.7/32"] };

/** The states in which the callers of the public load balancer are prefix lists, which reach the port of HTTPS alone. */
const LISTS: Readonly<Record<string, readonly string[]>> = { "prefix-list": ["pl-3b927c52"] };

type Tier = Target["tiers"][number];

interface Server {
  readonly groups: readonly string[];
  readonly port: number;
}

/** @throws Error for a variable that leads to no service */
export function needsOf(region: Region): readonly Flow[] {
  const services = servicesOf(region);
  const balancers = balancersOf(region);
  const hasInternet = region.resources("aws_nat_gateway").length > 0;
  return [
    ...balancers.flatMap((balancer) => [...intoBalancer(balancer, region), ...behindBalancer(balancer, services)]),
    ...services.flatMap((service) => [
      ...toServers(service, services, balancers),
      ...toCache(service, region),
      ...toEndpoints(service, region),
      ...(hasInternet ? product(service.groups, [INTERNET], OUTSIDE_PORTS[service.name] ?? HTTPS) : []),
    ]),
  ];
}

/** An internal load balancer serves the VPC. */
function intoBalancer({ instance, groups, ports }: Balancer, region: Region): readonly Flow[] {
  const isInternal = instance.values["internal"] === true;
  const lists = LISTS[region.state];
  if (!isInternal && lists !== undefined) return product(lists, groups, HTTPS);
  return product(isInternal ? vpcCidrs(region) : (SOURCES[region.state] ?? [INTERNET]), groups, ports);
}

function behindBalancer(balancer: Balancer, services: readonly Service[]): readonly Flow[] {
  return balancer.targets.flatMap(({ instance, port, healthPort }) =>
    services
      .filter(({ targets }) => targets.some(({ group }) => group === instance.address))
      .flatMap(({ groups }) => product(balancer.groups, groups, [port, healthPort])),
  );
}

function toServers(client: Service, services: readonly Service[], balancers: readonly Balancer[]): readonly Flow[] {
  return targetsOf(client).flatMap(({ prefix, target }) =>
    target.tiers.flatMap((tier) =>
      serversOf(tier, services, balancers).flatMap((server) => {
        const { strategy, ...rest } = tier;
        if (server === undefined)
          throw new Error(`${client.name}: ${prefix}, ${strategy} ${JSON.stringify(rest)} leads to no service`);
        return product(client.groups, server.groups, [server.port]);
      }),
    ),
  );
}

function serversOf(
  tier: Tier,
  services: readonly Service[],
  balancers: readonly Balancer[],
): readonly (Server | undefined)[] {
  const at = (service: Service | undefined, port: number): Server | undefined =>
    service === undefined ? undefined : { groups: service.groups, port };
  const registered = (name: string): Service | undefined =>
    services.find(({ registry }) => `${registry?.name}.${registry?.namespace}` === name);
  switch (tier.strategy) {
    case "lb":
      return [balancerAt(tier, balancers)];
    case "env":
      return tier.endpoints.map(({ host, port }) => {
        const service = services.find(({ connectName }) => connectName === host);
        return at(service, port);
      });
    case "dns": {
      const service = registered(tier.name);
      return [at(service, tier.port ?? service?.registry?.port ?? tier.defaultPort)];
    }
    default: {
      const service = registered(`${tier.service}.${tier.namespace}`);
      return [at(service, service?.registry?.port ?? tier.defaultPort)];
    }
  }
}

function balancerAt({ host, port }: { host: string; port: number }, all: readonly Balancer[]): Server | undefined {
  const balancer = all.find(({ instance, ports }) => instance.text("dns_name") === host && ports.includes(port));
  return balancer === undefined ? undefined : { groups: balancer.groups, port };
}

function toCache({ container, groups }: Service, region: Region): readonly Flow[] {
  if (!("REDIS_URL" in { ...container.environment, ...container.secrets })) return [];
  const caches = region.resources("aws_elasticache_replication_group");
  // The user's own Redis is somewhere in the VPC, at the default port.
  if (caches.length === 0) return product(groups, vpcCidrs(region), [REDIS_PORT]);
  return caches.flatMap((cache) => product(groups, cache.refs("security_group_ids"), [cache.number("port")]));
}

/** A gateway endpoint has no security group: rules name its prefix list. */
function toEndpoints({ groups }: Service, region: Region): readonly Flow[] {
  const endpoints = region
    .resources("aws_vpc_endpoint")
    .flatMap((each) =>
      each.text("vpc_endpoint_type") === "Gateway" ? [each.address] : each.refs("security_group_ids"),
    );
  return product(groups, [...new Set(endpoints)], HTTPS);
}

function vpcCidrs(region: Region): readonly string[] {
  return region.resources("aws_vpc").map((vpc) => vpc.text("cidr_block"));
}

function product(sources: readonly string[], targets: readonly string[], ports: readonly number[]): readonly Flow[] {
  return sources.flatMap((from) => targets.flatMap((to) => [...new Set(ports)].map((port) => ({ from, to, port }))));
}
