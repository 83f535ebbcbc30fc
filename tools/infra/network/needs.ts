/**
 * The ways that must be open, told by everything but the security groups themselves: where balancers listen and send,
 * whom each task's variables lead it to, and where tasks go outside.
 */

import { toText, Unknown, type Value } from "../hcl/value.ts";
import { resourcesIn } from "../plan/instance.ts";
import type { Plan } from "../plan/plan.ts";
import { type Balancer, balancersOf } from "./balancers.ts";
import { type Edge, INTERNET } from "./edge.ts";
import { type Service, servicesOf } from "./tasks.ts";

/** What the HTTP nodes of workflows may call; the others need AWS and the APIs of models. */
const OUTSIDE_PORTS: Readonly<Record<string, readonly number[]>> = { "workflow-engine": [80, 443] };
const HTTPS: readonly number[] = [443];
const REDIS_PORT = 6379;

/** @throws Error for a variable that leads to nobody */
export function needsOf(region: Plan): readonly Edge[] {
  const services = servicesOf(region);
  const balancers = balancersOf(region);
  return [
    ...balancers.flatMap((balancer) => [...intoBalancer(balancer, region), ...behindBalancer(balancer, services)]),
    ...services.flatMap((service) => [...toServers(service, services, balancers), ...toCache(service, region)]),
    ...(region.resources("aws_nat_gateway").length > 0 ? services.flatMap(outside) : []),
    ...intoEndpoints(services, region),
  ];
}

/** The public balancer is for everybody, the internal one for the VPC. */
function intoBalancer({ groups, ports, isInternal }: Balancer, region: Plan): Edge[] {
  const clients = isInternal ? vpcCidrs(region) : [INTERNET];
  return product(clients, groups, ports);
}

function behindBalancer(balancer: Balancer, services: readonly Service[]): Edge[] {
  return balancer.targets.flatMap(({ address, port, healthPort }) =>
    services
      .filter(({ targets }) => targets.some(({ group }) => group === address))
      .flatMap(({ groups }) => product(balancer.groups, groups, [port, healthPort])),
  );
}

function toServers(client: Service, services: readonly Service[], balancers: readonly Balancer[]): Edge[] {
  return Object.entries(client.container.environment).flatMap(([name, value]) => {
    const [, strategy] = /^WORKFLOW_(?:SERVICE|ENGINE)_(LB_ENDPOINT|DNS_NAME|CLOUD_MAP|HOST)$/.exec(name) ?? [];
    if (strategy === undefined) return [];
    const ends =
      strategy === "LB_ENDPOINT" ? balancerOf(value, balancers) : serverOf(strategy, toText(value), services);
    if (ends === undefined) throw new Error(`${client.name}: ${name}=${toText(value)} leads to nobody`);
    return product(client.groups, ends.groups, [ends.port]);
  });
}

interface Ends {
  readonly groups: readonly string[];
  readonly port: number;
}

function balancerOf(value: Value, balancers: readonly Balancer[]): Ends | undefined {
  const from = value instanceof Unknown ? resourcesIn(value) : [];
  const balancer = balancers.find(({ address }) => from.includes(address));
  const port = Number(toText(value).split(":").at(-1));
  return balancer?.ports.includes(port) ? { groups: balancer.groups, port } : undefined;
}

/** `name.namespace[:port]`, `namespace/name`, or the alias of Service Connect. */
function serverOf(strategy: string, text: string, services: readonly Service[]): Ends | undefined {
  const [host = "", port] = text.split(":");
  const label = strategy === "CLOUD_MAP" ? host.split("/")[1] : host.split(".")[0];
  const server = services.find(({ name, connectName }) =>
    strategy === "HOST" ? connectName === host : name === label,
  );
  if (server === undefined) return undefined;
  return { groups: server.groups, port: port === undefined ? portOf(server) : Number(port) };
}

function portOf({ registryPort, container }: Service): number {
  const own = container.environment["GRPC_PORT"] ?? container.environment["HTTP_PORT"];
  return registryPort ?? Number(toText(own ?? null));
}

function toCache({ container, groups }: Service, region: Plan): Edge[] {
  if (container.secrets["REDIS_URL"] === undefined && container.environment["REDIS_URL"] === undefined) return [];
  const ours = region.resources("aws_elasticache_replication_group");
  // The user's own Redis is somewhere in the VPC, and has the usual port.
  if (ours.length === 0) return product(groups, vpcCidrs(region), [REDIS_PORT]);
  return ours.flatMap(({ values }) =>
    product(groups, resourcesIn(values["security_group_ids"]), [Number(values["port"])]),
  );
}

function vpcCidrs(region: Plan): readonly string[] {
  return region.resources("aws_vpc").map(({ values }) => toText(values["cidr_block"] ?? ""));
}

/** Each task writes logs and reads its image and its secrets over HTTPS. */
function outside({ name, groups }: Service): Edge[] {
  return product(groups, [INTERNET], OUTSIDE_PORTS[name] ?? HTTPS);
}

function intoEndpoints(services: readonly Service[], region: Plan): Edge[] {
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
