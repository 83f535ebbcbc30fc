import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { toText, type ValueObject } from "../hcl/value.ts";
import { servicesOf } from "../network/tasks.ts";
import { blocksIn, type Instance } from "../plan/instance.ts";
import { regionOf, type Subject } from "./subject.ts";

/** A deployment that goes wrong goes back by itself. */
export function checkServices(subject: Subject): readonly string[] {
  return regionOf(subject.plan()).resources("aws_ecs_service").flatMap(checkDeployment);
}

function checkDeployment({ address, values }: Instance): readonly string[] {
  const [breaker] = blocksIn(values, "deployment_circuit_breaker");
  const [balanced] = blocksIn(values, "load_balancer");
  const expected: readonly (readonly [isGood: boolean, finding: string])[] = [
    [breaker?.["enable"] === true && breaker["rollback"] === true, "has no deployment circuit breaker with rollback"],
    [
      balanced === undefined || Number(values["health_check_grace_period_seconds"]) >= 30,
      "has no health check grace period of at least 30 s",
    ],
    [Number(values["deployment_minimum_healthy_percent"]) >= 100, "may be deployed below its full size"],
    [blocksIn(values, "service_registries").length === 1, "is not registered in Cloud Map"],
  ];
  return expected.filter(([isGood]) => !isGood).map(([, finding]) => `${address} ${finding}`);
}

/** The longest that a task may take to be seen as healthy. */
const LONGEST_START_SECONDS = 60;

/** The container's health check runs a program that the image holds, asks the right port, and asks soon. */
export function checkHealthChecks(subject: Subject): readonly string[] {
  const program = probeInImage();
  return servicesOf(regionOf(subject.plan())).flatMap(({ name, container }) => {
    const [, ...words] = container.healthCheck;
    const command = words.join(" ");
    const check = (container.values["healthCheck"] ?? {}) as ValueObject;
    const ports = ["GRPC_PORT", "HEALTH_PORT"].map((variable) => toText(container.environment[variable] ?? null));
    const asked = /-addr[= ]\S*?:(\d+)/.exec(command)?.[1] ?? "none";
    return [
      ...(command.startsWith(`${program} `) || command.startsWith(`/app/${program} `)
        ? []
        : [`${name}: "${command}" does not begin with ${program}, which the image holds`]),
      ...(ports.includes(asked)
        ? []
        : [`${name}: "${command}" asks port ${asked}, and the task listens on ${ports.join(" and ")}`]),
      ...(Number(check["startPeriod"]) <= LONGEST_START_SECONDS
        ? []
        : [
            `${name}: startPeriod is ${toText(check["startPeriod"] ?? null)}: expected at most ${LONGEST_START_SECONDS} s`,
          ]),
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
