import { formatHostPort, type HostPort } from "@agent-team/foundation/host-port";
import { awsEnvironment, REGION } from "../aws-names.ts";
import type { CloudCertificates } from "../certificates.ts";
import type { DiscoveryPlan, Strategy } from "../discovery.ts";
import { nlbDnsName } from "../elb/elb-names.ts";
import type { Network } from "../network/network.ts";
import type { Placement } from "../placement.ts";
import type { ServiceDefinition } from "../services.ts";
import type { Timing } from "../timing.ts";

/** The suffix of the variable that each strategy reads. */
const SUFFIXES = {
  env: "HOST",
  lb: "LB_ENDPOINT",
  cloudmap: "CLOUD_MAP",
  dns: "DNS_NAME",
} as const satisfies Record<Strategy, string>;

/** The values from which a task's variables are built. */
export interface EnvironmentSource {
  readonly cloudName: string;
  readonly namespace: string;
  readonly network: Network;
  readonly timing: Timing;
  readonly plan: DiscoveryPlan;
  readonly dnsServer: HostPort;
  /** URL of the AWS APIs. It is known when the first task is launched. */
  readonly apiUrl: () => string;
  /** Either this or `redisUrl` is set: it is where all tasks keep their state. */
  readonly journalUrl: string | undefined;
  readonly redisUrl: string | undefined;
  /** Undefined: plaintext between the tasks. */
  readonly certificates: CloudCertificates | undefined;
  readonly services: readonly ServiceDefinition[];
  /** The internal load balancer's address for a service; undefined for a service without one. */
  readonly balancer: (service: string) => HostPort | undefined;
  /** The addresses of a service's tasks at this moment. */
  readonly placements: (service: string) => readonly HostPort[];
}

/** All variables of one task. */
export function taskEnvironment(
  definition: ServiceDefinition,
  placement: Placement,
  metadataUri: string,
  source: EnvironmentSource,
): Record<string, string> {
  const protocol = definition.protocol.toUpperCase();
  return {
    [`${protocol}_HOST`]: placement.host,
    [`${protocol}_PORT`]: String(placement.port),
    HEALTH_HOST: placement.host,
    HEALTH_PORT: String(placement.healthPort),
    ECS_CONTAINER_METADATA_URI_V4: metadataUri,
    ...definitionEnvironment(definition, source),
  };
}

/** The variables that all tasks of a service have in common: those of its task definition. */
export function definitionEnvironment(
  definition: ServiceDefinition,
  source: EnvironmentSource,
): Record<string, string> {
  const { timing } = source;
  return {
    LAME_DUCK_MS: String(timing.lameDuckMs),
    LAME_DUCK_QUIET_MS: String(timing.lameDuckQuietMs),
    STOP_TIMEOUT_MS: String(timing.stopTimeoutMs),
    ENVIRONMENT: "local",
    AUTH_MODE: "none",
    AWS_REGION: REGION,
    ...storeEnvironment(source),
    ...clientEnvironment(source),
    ...source.certificates?.serverVariables(definition),
    ...source.certificates?.clientVariables(definition.name),
    ...definition.environment,
  };
}

function storeEnvironment({ redisUrl, journalUrl }: EnvironmentSource): Record<string, string> {
  if (redisUrl !== undefined) return { REDIS_URL: redisUrl };
  return journalUrl === undefined ? {} : { JOURNAL_URL: journalUrl };
}

/** The variables of a client outside the cloud. */
export function operatorEnvironment(source: EnvironmentSource): Record<string, string> {
  return { ...clientEnvironment(source), ...source.certificates?.clientVariables() };
}

/** The variables with which a client finds every service that has a prefix. */
function clientEnvironment(source: EnvironmentSource): Record<string, string> {
  const { network, dnsServer, services, plan, apiUrl } = source;
  const variables: Record<string, string> = { DNS_SERVER: formatHostPort(dnsServer) };
  if (plan.order.includes("cloudmap")) Object.assign(variables, awsEnvironment(apiUrl()));
  if (network.zoneCidrs !== undefined) variables["ZONE_CIDRS"] = network.zoneCidrs;
  for (const { name, clientPrefix } of services) {
    if (clientPrefix !== undefined) Object.assign(variables, discoveryVariables(clientPrefix, name, plan, source));
  }
  return variables;
}

/** A strategy without a value for the service (no balancer, no task yet) gets no variable and no place in the order. */
function discoveryVariables(
  prefix: string,
  service: string,
  { order, override }: DiscoveryPlan,
  source: EnvironmentSource,
): Record<string, string> {
  const found = order.flatMap((strategy) => {
    const value = override?.[strategy] ?? valueFor(strategy, service, source);
    return value === undefined ? [] : [{ strategy, value }];
  });
  if (found.length === 0) return {};
  return {
    [`${prefix}_DISCOVERY`]: found.map(({ strategy }) => strategy).join(","),
    ...Object.fromEntries(found.map(({ strategy, value }) => [`${prefix}_${SUFFIXES[strategy]}`, value])),
  };
}

function valueFor(strategy: Strategy, service: string, source: EnvironmentSource): string | undefined {
  switch (strategy) {
    case "env":
      // A process reads its variables once: tasks that start later are not in the list.
      return source.placements(service).map(formatHostPort).join(",") || undefined;
    case "lb": {
      const address = source.balancer(service);
      return address && `${nlbDnsName(source.cloudName)}:${address.port}`;
    }
    case "cloudmap":
      return `${source.namespace}/${service}`;
    case "dns":
      return `${service}.${source.namespace}`;
    default:
      return strategy satisfies never;
  }
}
