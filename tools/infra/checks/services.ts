import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import { blocksIn, isObject, listOf, toText } from "../state/json.ts";
import type { Instance, Region } from "../state/region.ts";
import { outOfRange, type Range } from "./range.ts";

/** A deployment that goes wrong goes back by itself; and each service runs as itself, in its own network and records. */
export function checkServices(region: Region): readonly string[] {
  return [
    ...region.resources("aws_ecs_service").flatMap(checkDeployment),
    ...servicesOf(region).flatMap((service) => [...checkRegistry(service), ...checkDefinition(service)]),
  ];
}

function checkDeployment({ address, values }: Instance): readonly string[] {
  const [breaker] = blocksIn(values, "deployment_circuit_breaker");
  const [balanced] = blocksIn(values, "load_balancer");
  const [network] = blocksIn(values, "network_configuration");
  const expected: readonly (readonly [isGood: boolean, finding: string])[] = [
    [breaker?.["enable"] === true && breaker["rollback"] === true, "has no deployment circuit breaker with rollback"],
    [network?.["assign_public_ip"] === false, "gives its tasks public addresses"],
    [blocksIn(values, "service_registries").length === 1, "is not registered in Cloud Map"],
  ];
  const grace = "health_check_grace_period_seconds";
  return [
    ...expected.filter(([isGood]) => !isGood).map(([, finding]) => `${address} ${finding}`),
    ...(balanced === undefined ? [] : outOfRange(address, grace, values[grace], [30, 120])),
    ...outOfRange(
      address,
      "deployment_minimum_healthy_percent",
      values["deployment_minimum_healthy_percent"],
      [100, 100],
    ),
    ...outOfRange(address, "deployment_maximum_percent", values["deployment_maximum_percent"], [150, 200]),
  ];
}

/** Records cannot get another type later, and clients count on both. */
function checkRegistry({ name, registry, registryName, records }: Service): readonly string[] {
  if (registryName !== name)
    return [`${name} is registered in ${registry ?? "nothing"}, which is called ${registryName ?? "nothing"}`];
  const types = records
    .map(({ type }) => toText(type))
    .toSorted()
    .join(" and ");
  return [
    ...(types === "A and SRV" ? [] : [`${registry} has ${types} records: expected A and SRV`]),
    ...records.flatMap(({ ttl }) => outOfRange(registry ?? "", "ttl", ttl, [5, 60])),
  ];
}

/** What Fargate demands, and what keeps a task from another one's network, roles and files. */
function checkDefinition(service: Service): readonly string[] {
  const { name, definition, container } = service;
  const { values } = definition;
  const trusted = service.roles.map((role) => ({ role, by: trustOf(role) }));
  const expected: readonly (readonly [what: string, value: string, expected: string])[] = [
    ["the container is called", name, definition.key ?? ""],
    ["it belongs to the service", service.key ?? "", name],
    ["network_mode is", toText(values["network_mode"]), "awsvpc"],
    ["requires_compatibilities is", listOf(values["requires_compatibilities"]).map(toText).join(), "FARGATE"],
    ["skip_destroy is", toText(values["skip_destroy"]), "true"],
    ["user is", toText(container.values["user"]), "1000"],
    ...trusted.map(({ role, by }) => [`${role.address} trusts`, by, "ecs-tasks.amazonaws.com"] as const),
  ];
  const wrong = expected.filter(([, value, right]) => value !== right);
  return [
    ...wrong.map(([what, value, right]) => `${definition.address}: ${what} ${value || "not set"}: expected ${right}`),
    ...outOfRange(definition.address, "stopTimeout", container.values["stopTimeout"], [30, 120]),
  ];
}

function trustOf({ values }: Instance): string {
  const statements = blocksIn(values["assume_role_policy"], "Statement");
  return statements
    .flatMap(({ Principal: principal }) => (isObject(principal) ? listOf(principal["Service"]) : ["*"]))
    .map(toText)
    .join();
}

/** Seconds, and times in a row. A task that cannot start is replaced within two minutes. */
const PERIODS: Readonly<Record<string, Range>> = {
  interval: [5, 30],
  retries: [2, 5],
  startPeriod: [10, 60],
  timeout: [2, 10],
};

/** The container's health check runs a program that the image holds, asks the right port, and asks soon. */
export function checkHealthChecks(region: Region): readonly string[] {
  const program = probeInImage();
  return servicesOf(region).flatMap(({ name, container }) => {
    const [, ...words] = container.healthCheck;
    const command = words.join(" ");
    const check = isObject(container.values["healthCheck"]) ? container.values["healthCheck"] : {};
    const ports = ["GRPC_PORT", "HEALTH_PORT"].map((variable) => toText(container.environment[variable]));
    const asked = /-addr[= ]\S*?:(\d+)/.exec(command)?.[1] ?? "none";
    return [
      ...(command.startsWith(`${program} `) || command.startsWith(`/app/${program} `)
        ? []
        : [`${name}: "${command}" does not begin with ${program}, which the image holds`]),
      ...(ports.includes(asked)
        ? []
        : [`${name}: "${command}" asks port ${asked}, and the task listens on ${ports.join(" and ")}`]),
      ...Object.entries(PERIODS).flatMap(([key, range]) => outOfRange(name, key, check[key], range)),
      ...(Number(check["timeout"]) < Number(check["interval"]) ? [] : [`${name}: timeout is not less than interval`]),
    ];
  });
}

/** Where `npm run pack` puts the probe. @throws Error when it puts none */
function probeInImage(): string {
  const pack = readFileSync(join(ROOT, "tools", "pack", "deploy-folder.ts"), "utf8");
  const path = /grpc_health_probe: "\.\/([\w/]+)"/.exec(pack)?.[1];
  if (path === undefined) throw new Error("tools/pack/deploy-folder.ts puts no grpc_health_probe into the image");
  return path;
}
