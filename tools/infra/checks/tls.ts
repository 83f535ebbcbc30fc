/**
 * TLS between tasks: both ends of each call have it or neither has, certificate and key are the task's own, and the health check of a server
 * speaks it too.
 */

import { CLIENTS } from "../network/clients.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

/** Whether `checkTls` looks at the variable. */
export function isOfTls(variable: string): boolean {
  return /(?:^|_)TLS_(?:CA|CERT|CLIENT_CA|KEY)$/.test(variable);
}

export function* checkTls(region: Region): Findings {
  const services = servicesOf(region);
  for (const service of services) {
    yield* ownCertificates(service);
    yield* healthCheck(service);
    for (const [prefix, port] of Object.entries(CLIENTS[service.name] ?? {})) {
      const server = services.find(({ container }) => container.environment["GRPC_PORT"] === String(port));
      if (server !== undefined) yield* bothEnds(service, `${prefix}_`, server);
    }
  }
}

const has = ({ container }: Service, variable: string): boolean => variable in container.secrets;

function* ownCertificates({ name, container }: Service): Findings {
  for (const [variable, arn] of Object.entries(container.secrets)) {
    if (!isOfTls(variable)) continue;
    const part = /(CA|CERT|KEY)$/.exec(variable)?.[1]?.toLowerCase() ?? "";
    const end = part === "ca" ? "/tls/ca" : `/tls/${name}/${part}`;
    if (!arn.endsWith(end)) yield `${name}: ${variable} comes from ${arn}: expected …${end}`;
  }
}

function* bothEnds(client: Service, prefix: string, server: Service): Findings {
  const pairs = [
    ["TLS_CERT", `${prefix}TLS_CA`],
    ["TLS_KEY", `${prefix}TLS_CA`],
    ["TLS_CLIENT_CA", `${prefix}TLS_CERT`],
    ["TLS_CLIENT_CA", `${prefix}TLS_KEY`],
  ] as const;
  for (const [ofServer, ofClient] of pairs) {
    if (has(server, ofServer) && !has(client, ofClient))
      yield `${client.name}: ${ofClient} is missing, which ${ofServer} of ${server.name} demands`;
    if (!has(server, ofServer) && has(client, ofClient))
      yield `${client.name}: ${ofClient} is set, and ${server.name} has no ${ofServer}`;
  }
}

function* healthCheck(service: Service): Findings {
  const command = service.container.block.block("healthCheck").texts("command").slice(1).join(" ");
  const flags = [
    ["-tls", "TLS_CERT"],
    ["-tls-client-cert=env:TLS_CERT", "TLS_CLIENT_CA"],
    ["-tls-client-key=env:TLS_KEY", "TLS_CLIENT_CA"],
  ] as const;
  for (const [flag, variable] of flags) {
    if (command.split(" ").includes(flag) !== has(service, variable))
      yield `${service.name}: "${command}" ${has(service, variable) ? "has no" : "has"} ${flag}, and ${variable} is ${has(service, variable) ? "" : "not "}set`;
  }
}
