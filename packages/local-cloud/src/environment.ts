import { awsEnvironment, region } from "./aws-names.ts";
import { LocalCloudError } from "./errors.ts";
import type { HostPort } from "./host-port.ts";
import { formatHostPort } from "./host-port.ts";
import type { Network, Placement } from "./network/network.ts";
import type { ServiceDefinition } from "./services.ts";
import type { Timing } from "./timing.ts";

/** The words of `{P}_DISCOVERY`, in its default order. */
export const strategies = ["env", "lb", "cloudmap", "dns"] as const;

/** A way to find a service. */
export type Strategy = (typeof strategies)[number];

/** What clients are told about where services are. */
export interface DiscoveryPlan {
  /** The tiers, best first. Only these get their variables. */
  readonly order: readonly Strategy[];
  /** Said instead of the truth, per strategy: `{ env: "127.10.99.9:50051" }` makes a tier of a dead address. */
  readonly override?: Partial<Readonly<Record<Strategy, string>>> | undefined;
}

export type NamedOrder = "direct" | "recommended" | "terraform";

/** Orders with a name. */
export const namedOrders: Readonly<Record<NamedOrder, readonly Strategy[]>> = {
  /** Straight to the tasks, the balancer behind. Without Cloud Map's API, so that no program loads AWS's SDK. */
  direct: ["dns", "lb"],
  /** What docs/guides/choosing-a-path.md recommends and the files in infra/examples set. */
  recommended: ["cloudmap", "dns", "lb"],
  /** The default of `discovery_order`. It begins with `env`, for which Terraform sets nothing without Service Connect. */
  terraform: ["lb", "cloudmap", "dns"],
};

export function isNamedOrder(text: string): text is NamedOrder {
  return Object.hasOwn(namedOrders, text);
}

/** A named order, a single strategy alone, or any order of them. */
export type Discovery = NamedOrder | Strategy | DiscoveryPlan;

/** What tasks can be told, once all parts of the cloud listen. */
export interface Surroundings {
  readonly cloudName: string;
  readonly namespace: string;
  readonly network: Network;
  readonly timing: Timing;
  readonly plan: DiscoveryPlan;
  readonly dnsServer: HostPort;
  /** Where AWS's own APIs answer. Known when the first task is launched. */
  readonly apiUrl: () => string;
  /** Exactly one of the two is where all tasks keep their state. */
  readonly journalUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly services: readonly ServiceDefinition[];
  /** The balancer's address for a service, by its name; undefined for services that have none. */
  readonly balancer: (service: string) => HostPort | undefined;
  /** Where the tasks of a service are just now. */
  readonly placements: (service: string) => readonly HostPort[];
}

export function planOf(discovery: Discovery): DiscoveryPlan {
  if (typeof discovery !== "string") return discovery;
  if (isNamedOrder(discovery)) return { order: namedOrders[discovery] };
  if (strategies.includes(discovery)) return { order: [discovery] };
  const expected = [...Object.keys(namedOrders), ...strategies].join(", ");
  throw new LocalCloudError(`discovery: expected one of ${expected}, or a plan, got ${String(discovery)}`);
}

/** All variables of one task. */
export function taskEnvironment(
  definition: ServiceDefinition,
  placement: Placement,
  metadataUri: string,
  surroundings: Surroundings,
): Record<string, string> {
  const protocol = definition.protocol.toUpperCase();
  return {
    [`${protocol}_HOST`]: placement.host,
    [`${protocol}_PORT`]: String(placement.port),
    HEALTH_HOST: placement.host,
    HEALTH_PORT: String(placement.healthPort),
    ECS_CONTAINER_METADATA_URI_V4: metadataUri,
    ...definitionEnvironment(definition, surroundings),
  };
}

/** Those that all tasks of a service have in common: what stands in its task definition. */
export function definitionEnvironment(
  definition: ServiceDefinition,
  surroundings: Surroundings,
): Record<string, string> {
  const { timing } = surroundings;
  return {
    LAME_DUCK_MS: String(timing.lameDuckMs),
    LAME_DUCK_QUIET_MS: String(timing.lameDuckQuietMs),
    STOP_TIMEOUT_MS: String(timing.stopTimeoutMs),
    ENVIRONMENT: "local",
    AUTH_MODE: "none",
    AWS_REGION: region,
    ...storeEnvironment(surroundings),
    ...clientEnvironment(surroundings),
    ...definition.environment,
  };
}

function storeEnvironment({ redisUrl, journalUrl }: Surroundings): Record<string, string> {
  if (redisUrl !== undefined) return { REDIS_URL: redisUrl };
  return journalUrl === undefined ? {} : { JOURNAL_URL: journalUrl };
}

/** The variables with which a client finds every service that has a prefix. */
export function clientEnvironment(surroundings: Surroundings): Record<string, string> {
  const { network, dnsServer, services, plan, apiUrl } = surroundings;
  const variables: Record<string, string> = { DNS_SERVER: formatHostPort(dnsServer) };
  if (plan.order.includes("cloudmap")) Object.assign(variables, awsEnvironment(apiUrl()));
  if (network.zoneCidrs !== undefined) variables["ZONE_CIDRS"] = network.zoneCidrs;
  for (const { name, clientPrefix } of services) {
    if (clientPrefix !== undefined) Object.assign(variables, variablesOf(clientPrefix, name, plan, surroundings));
  }
  return variables;
}

/** A strategy that has nothing to say of a service (no balancer, no task yet) gets no variable and no place in the order. */
function variablesOf(
  prefix: string,
  service: string,
  { order, override }: DiscoveryPlan,
  surroundings: Surroundings,
): Record<string, string> {
  const told = order.flatMap((strategy) => {
    const value = override?.[strategy] ?? truth(strategy, service, surroundings);
    return value === undefined ? [] : [{ strategy, value }];
  });
  if (told.length === 0) return {};
  return {
    [`${prefix}_DISCOVERY`]: told.map(({ strategy }) => strategy).join(","),
    ...Object.fromEntries(told.map(({ strategy, value }) => [`${prefix}_${suffixes[strategy]}`, value])),
  };
}

const suffixes = {
  env: "HOST",
  lb: "LB_ENDPOINT",
  cloudmap: "CLOUD_MAP",
  dns: "DNS_NAME",
} as const satisfies Record<Strategy, string>;

function truth(strategy: Strategy, service: string, surroundings: Surroundings): string | undefined {
  switch (strategy) {
    case "env":
      // A list is fixed for the life of the reader's process, as variables are: tasks that come later are not in it.
      return surroundings.placements(service).map(formatHostPort).join(",") || undefined;
    case "lb": {
      const address = surroundings.balancer(service);
      return address && `${balancerName(surroundings.cloudName)}:${address.port}`;
    }
    case "cloudmap":
      return `${surroundings.namespace}/${service}`;
    case "dns":
      return `${service}.${surroundings.namespace}`;
    default:
      return strategy satisfies never;
  }
}

/** The internal balancer's DNS name. */
export function balancerName(cloudName: string): string {
  return `${cloudName}-grpc-nlb.elb.local`;
}
