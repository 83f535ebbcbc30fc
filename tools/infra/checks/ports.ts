/** A port is the same number in the task, its program's default, the local cloud, Cloud Map, the load balancers and the image. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentTeamServices } from "@agent-team/local-cloud";
import { ROOT } from "../../check/tool.ts";
import { balancersOf } from "../network/balancers.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";
import { readerOf } from "./service-config.ts";

const VARIABLES = ["GRPC_PORT", "HTTP_PORT", "HEALTH_PORT"];

/** Redis, HTTP and HTTPS. */
const OTHER_PORTS = [6379, 80, 443];

export function* checkPorts(region: Region): Findings {
  const services = servicesOf(region);
  for (const service of services) yield* checkService(service);
  const own = services.flatMap(({ container }) => VARIABLES.map((name) => Number(container.environment[name])));
  const ports = new Set([...own, ...OTHER_PORTS]);
  const listening = region.resources(
    "aws_lb_listener",
    "aws_lb_target_group",
    "aws_vpc_security_group_ingress_rule",
    "aws_elasticache_replication_group",
  );
  for (const each of listening) {
    const port = each.number(each.has("port") ? "port" : "from_port");
    if (!ports.has(port)) yield `${each.address}: port ${port} is no port of a task, the cache or HTTP`;
  }
  for (const { instance, healthPort } of balancersOf(region).flatMap(({ targets }) => targets)) {
    for (const { name, container, targets } of services) {
      const isBehind = targets.some(({ group }) => group === instance.address);
      if (isBehind && container.environment["HEALTH_PORT"] !== String(healthPort))
        yield `${instance.address}: asks port ${healthPort} for the health of ${name}: expected its HEALTH_PORT`;
    }
  }
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  for (const [, exposed = ""] of dockerfile.matchAll(/^EXPOSE +(.*)$/gm))
    for (const port of exposed.split(/\s+/))
      if (!ports.has(Number(port))) yield `Dockerfile: EXPOSE ${port} is no port of a task`;
}

function* checkService({ name, container, registry }: Service): Findings {
  const { defaults } = readerOf(name);
  const own = "GRPC_PORT" in defaults ? "GRPC_PORT" : "HTTP_PORT";
  const [port, healthPort] = [own, "HEALTH_PORT"].map((variable) => Number(container.environment[variable]));
  const mapped = container.block.blocks("portMappings").map((each) => each.text("containerPort"));
  const pairs: readonly (readonly [what: string, here: unknown, there: unknown])[] = [
    [`${own} and the program's default`, port, defaults[own]],
    [`${own} and the local cloud`, port, agentTeamServices().find((each) => each.name === name)?.port],
    [`${own} and Cloud Map`, port, registry?.port],
    ["HEALTH_PORT and the program's default", healthPort, defaults["HEALTH_PORT"]],
    ["portMappings and the ports", mapped.join(" "), `${port} ${healthPort}`],
  ];
  for (const [what, here, there] of pairs)
    if (here !== there) yield `${name}: ${what}: ${String(here)} and ${String(there)}`;
}
