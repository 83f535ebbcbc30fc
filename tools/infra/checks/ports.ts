/** A port is a number in one place of the HCL, and the same number in the programs and in the local cloud. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentTeamServices } from "@agent-team/local-cloud";
import { ROOT } from "../../check/tool.ts";
import { balancersOf } from "../network/balancers.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import { isObject, type Json, listOf } from "../state/json.ts";
import type { Region } from "../state/region.ts";
import { readerOf } from "./service-config.ts";

/** The ports of a service and of the cache; the balancers' are HTTP's own. */
export function checkPorts(region: Region): readonly string[] {
  const services = servicesOf(region);
  const ports = new Set([...services.flatMap(({ container }) => toldPorts(container.environment)), 6379, 80, 443]);
  return [
    ...services.flatMap((service) => disagreements(service)),
    ...strayPorts(region, ports),
    ...balancerPorts(region),
    ...imagePorts(ports),
  ];
}

function toldPorts(environment: Readonly<Record<string, string>>): readonly number[] {
  return ["GRPC_PORT", "HTTP_PORT", "HEALTH_PORT"].flatMap((name) => environment[name] ?? []).map(Number);
}

/** Ports of listeners, target groups and security groups that no task, no cache and no page has. */
function strayPorts(region: Region, ports: ReadonlySet<number>): readonly string[] {
  return [
    "aws_lb_listener",
    "aws_lb_target_group",
    "aws_vpc_security_group_ingress_rule",
    "aws_elasticache_replication_group",
  ]
    .flatMap((type) => region.resources(type))
    .map(({ address, values }) => ({ address, port: Number(values["port"] ?? values["from_port"]) }))
    .filter(({ port }) => !ports.has(port))
    .map(({ address, port }) => `${address}: port ${port} is no port of a task, the cache or HTTP`);
}

function disagreements({ name, container, registryPort }: Service): readonly string[] {
  const { defaults } = readerOf(name);
  const own = "GRPC_PORT" in defaults ? "GRPC_PORT" : "HTTP_PORT";
  const local = agentTeamServices().find((each) => each.name === name)?.port;
  const told = (variable: string): number => Number(container.environment[variable]);
  const mapped = containerPorts(container.values["portMappings"]);
  const sayings: readonly (readonly [what: string, here: unknown, there: unknown])[] = [
    [`${own} and the program's default`, told(own), defaults[own]],
    [`${own} and the local cloud`, told(own), local],
    [`${own} and Cloud Map`, told(own), registryPort],
    ["HEALTH_PORT and the program's default", told("HEALTH_PORT"), defaults["HEALTH_PORT"]],
    ["portMappings", mapped.join(" "), [told(own), told("HEALTH_PORT")].join(" ")],
  ];
  return sayings
    .filter(([, here, there]) => here !== there)
    .map(([what, here, there]) => `${name}: ${what}: ${String(here)} and ${String(there)}`);
}

function containerPorts(mappings: Json | undefined): readonly number[] {
  return listOf(mappings).map((each) => (isObject(each) ? Number(each["containerPort"]) : 0));
}

/** A balancer's health check asks the side port of the services behind it. */
function balancerPorts(region: Region): readonly string[] {
  const services = servicesOf(region);
  return balancersOf(region)
    .flatMap(({ targets }) => targets)
    .flatMap(({ address, healthPort }) =>
      services
        .filter(({ targets }) => targets.some(({ group }) => group === address))
        .filter(({ container }) => container.environment["HEALTH_PORT"] !== String(healthPort))
        .map(({ name }) => `${address}: asks port ${healthPort} for the health of ${name}, which answers elsewhere`),
    );
}

/** The image itself names no port, or one of these. */
function imagePorts(ports: ReadonlySet<number>): readonly string[] {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const exposed = [...dockerfile.matchAll(/^EXPOSE +(.*)$/gm)].flatMap((match) => (match[1] ?? "").split(/\s+/));
  return exposed
    .filter((port) => !ports.has(Number(port)))
    .map((port) => `Dockerfile: EXPOSE ${port} is none of these`);
}
