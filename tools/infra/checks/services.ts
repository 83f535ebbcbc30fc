import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import type { Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";
import { compare, type Findings } from "./findings.ts";

/** Seconds, and failures in a row. A task that cannot start is replaced within two minutes. */
const HEALTH_CHECK = { interval: [5, 30], retries: [2, 5], startPeriod: [10, 60], timeout: [2, 10] } as const;

/** A failed deployment rolls back, and each service has its own task definition, roles and Cloud Map service. */
export function* checkServices(region: Region): Findings {
  for (const service of servicesOf(region)) {
    yield* checkDeployment(service.instance);
    yield* checkRegistry(service);
    yield* checkDefinition(service);
  }
}

function* checkDeployment(service: Instance): Findings {
  const { address } = service;
  const breaker = service.block("deployment_circuit_breaker");
  yield* compare(`${address}, deployment_circuit_breaker`, breaker, { enable: "true", rollback: "true" });
  yield* compare(address, service.block("network_configuration"), { assign_public_ip: "false" });
  yield* compare(address, service, {
    deployment_minimum_healthy_percent: "100",
    deployment_maximum_percent: [150, 200],
    ...(service.has("load_balancer") && { health_check_grace_period_seconds: [30, 120] }),
  });
}

/** The type of a record cannot change later, and clients rely on both types. */
function* checkRegistry({ name, registry, instance }: Service): Findings {
  if (registry === undefined) {
    yield `${instance.address} is not registered in Cloud Map`;
    return;
  }
  const types = registry.records.map((record) => record.text("type")).toSorted();
  if (registry.name !== name) yield `${name} is registered in ${registry.address}, which is called ${registry.name}`;
  if (types.join() !== "A,SRV") yield `${registry.address} has ${types.join(" and ")} records: expected A and SRV`;
  for (const record of registry.records) yield* compare(registry.address, record, { ttl: [5, 60] });
}

/** What Fargate demands, and what isolates a task from the network, the roles and the files of another one. */
function* checkDefinition({ name, instance, definition, container, roles }: Service): Findings {
  const { address } = definition;
  if (name !== definition.key) yield `${address}: its container is called ${name}: expected ${definition.key}`;
  if (name !== instance.key) yield `${address}: the service ${instance.key} runs it: expected ${name}`;
  yield* compare(address, definition, { network_mode: "awsvpc", skip_destroy: "true" });
  yield* compare(address, container.block, { user: "1000", stopTimeout: [30, 120] });
  const launchTypes = definition.texts("requires_compatibilities").join();
  if (launchTypes !== "FARGATE") yield `${address}: requires_compatibilities is ${launchTypes}: expected FARGATE`;
  for (const role of roles) {
    const trusted = role
      .blocks("assume_role_policy", "Statement", "Principal")
      .flatMap((each) => each.texts("Service"));
    if (trusted.join() !== "ecs-tasks.amazonaws.com")
      yield `${role.address} trusts ${trusted.join() || "no service"}: expected ecs-tasks.amazonaws.com`;
  }
}

/** The container's health check runs the probe in the image, asks the task's own port, and asks soon. */
export function* checkHealthChecks(region: Region): Findings {
  const probe = probeInImage();
  for (const { name, container } of servicesOf(region)) {
    const check = container.block.block("healthCheck");
    const command = check.texts("command").slice(1).join(" ");
    const ports = ["GRPC_PORT", "HEALTH_PORT"].flatMap((variable) => container.environment[variable] ?? []);
    const asked = /-addr[= ]\S*?:(\d+)/.exec(command)?.[1] ?? "none";
    if (!command.startsWith(`${probe} `) && !command.startsWith(`/app/${probe} `))
      yield `${name}: "${command}" does not begin with ${probe}, the probe in the image`;
    if (!ports.includes(asked)) yield `${name}: "${command}" asks port ${asked}: expected ${ports.join(" or ")}`;
    yield* compare(`${name}, healthCheck`, check, HEALTH_CHECK);
    if (!(check.number("timeout") < check.number("interval"))) yield `${name}: timeout is not less than interval`;
  }
}

/** The path to which `npm run pack` copies the probe. @throws Error when it copies none */
function probeInImage(): string {
  const pack = readFileSync(join(ROOT, "tools", "pack", "deploy-folder.ts"), "utf8");
  const path = /grpc_health_probe: "\.\/([\w/]+)"/.exec(pack)?.[1];
  if (path === undefined) throw new Error("tools/pack/deploy-folder.ts puts no grpc_health_probe into the image");
  return path;
}
