/** A port is a number in one place of the HCL, and the same number in the programs and in the local cloud. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentTeamServices } from "@agent-team/local-cloud";
import { ROOT } from "../../check/tool.ts";
import { isObject, toText } from "../hcl/value.ts";
import { balancersOf } from "../network/balancers.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import { addressOf, type Json } from "../plan/configuration.ts";
import { readerOf } from "./service-config.ts";
import { regionOf, type Subject } from "./subject.ts";

/** Where a port may be told to people. */
const FOR_PEOPLE: ReadonlySet<string> = new Set(["description", "error_message"]);

export async function checkPorts(subject: Subject): Promise<readonly string[]> {
  const ports = portsOf(subject);
  const services = servicesOf(regionOf(subject.plan()));
  const agreement = await Promise.all(services.map((service) => disagreements(service, new Set(Object.values(ports)))));
  return [
    ...strayPorts(subject, Object.values(ports)),
    ...agreement.flat(),
    ...balancerPorts(subject),
    ...imagePorts(Object.values(ports)),
  ];
}

/** `local.ports`. @throws Error when it is no map of numbers */
function portsOf(subject: Subject): Readonly<Record<string, number>> {
  const ports = regionOf(subject.plan()).local("ports");
  if (!isObject(ports)) throw new Error("local.ports is no map of ports");
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, Number(port)]));
}

/** Numbers of `local.ports` that stand somewhere else too; 80 and 443 are also percentages and the like. */
function strayPorts({ configurations }: Subject, ports: readonly number[]): readonly string[] {
  const watched = new RegExp(`(?<![\\w.])(${ports.filter((port) => port > 1_024).join("|")})(?![\\w.])`);
  return [...configurations].flatMap(([folder, { blocks, locals }]) => {
    const { ports: _, ...others } = locals;
    const named = [
      ...blocks.map((block) => ({ place: `${block.file}: ${addressOf(block)}`, json: block.body as Json })),
      { place: "locals", json: others as Json },
    ];
    return named.flatMap(({ place, json }) =>
      textsIn(json).flatMap((text) => {
        const port = watched.exec(text)?.[1];
        return port === undefined ? [] : [`${join(folder, place)}: ${port} stands outside of local.ports`];
      }),
    );
  });
}

function textsIn(json: Json): readonly string[] {
  if (typeof json !== "object" || json === null) return [String(json)];
  if (Array.isArray(json)) return json.flatMap((each: Json) => textsIn(each));
  return Object.entries(json).flatMap(([name, each]) => (FOR_PEOPLE.has(name) ? [] : textsIn(each)));
}

async function disagreements(
  { name, container, registryPort }: Service,
  ports: ReadonlySet<number>,
): Promise<readonly string[]> {
  const { defaults } = await readerOf(name);
  const own = "GRPC_PORT" in defaults ? "GRPC_PORT" : "HTTP_PORT";
  const local = agentTeamServices().find((each) => each.name === name)?.port;
  const told = (variable: string): number => Number(toText(container.environment[variable] ?? null));
  const mapped = new Set(containerPorts(container.values["portMappings"] ?? []));
  const sayings: readonly (readonly [what: string, here: number | undefined, there: unknown])[] = [
    [`${own} and the program's default`, told(own), defaults[own]],
    [`${own} and the local cloud`, told(own), local],
    [`${own} and Cloud Map`, told(own), registryPort],
    ["HEALTH_PORT and the program's default", told("HEALTH_PORT"), defaults["HEALTH_PORT"]],
  ];
  return [
    ...sayings
      .filter(([, here, there]) => here !== there)
      .map(([what, here, there]) => `${name}: ${what}: ${here} and ${String(there)}`),
    ...[told(own), told("HEALTH_PORT")]
      .filter((port) => !mapped.has(port))
      .map((port) => `${name}: ${port} is not in portMappings`),
    ...[...mapped].filter((port) => !ports.has(port)).map((port) => `${name}: ${port} is not in local.ports`),
  ];
}

function containerPorts(mappings: Service["container"]["values"][string]): readonly number[] {
  return Array.isArray(mappings) ? mappings.map((each) => (isObject(each) ? Number(each["containerPort"]) : 0)) : [];
}

/** A balancer's health check asks the side port of the services behind it. */
function balancerPorts(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan());
  const services = servicesOf(region);
  return balancersOf(region)
    .flatMap(({ targets }) => targets)
    .flatMap(({ address, healthPort }) =>
      services
        .filter(({ targets }) => targets.some(({ group }) => group === address))
        .filter(({ container }) => toText(container.environment["HEALTH_PORT"] ?? null) !== String(healthPort))
        .map(({ name }) => `${address}: asks port ${healthPort} for the health of ${name}, which answers elsewhere`),
    );
}

/** The image itself names no port, or one of these. */
function imagePorts(ports: readonly number[]): readonly string[] {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
  const exposed = [...dockerfile.matchAll(/^EXPOSE +(.*)$/gm)].flatMap((match) => (match[1] ?? "").split(/\s+/));
  return exposed
    .filter((port) => !ports.includes(Number(port)))
    .map((port) => `Dockerfile: EXPOSE ${port} is not in local.ports`);
}
