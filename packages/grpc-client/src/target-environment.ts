/**
 * A target from environment variables, as ECS task definitions set them. Every variable that is set is checked, also that of a
 * strategy outside the order: a mistake shows at the start, and not at the first failover.
 */

import {
  type HostPort,
  isIpAddress,
  type Parsed,
  parseHostAndPort,
  parseHostPort,
  parsePort,
} from "@agent-team/foundation/host-port";
import { ChannelError } from "./errors.ts";
import { escaped } from "./one-line.ts";
import { Status } from "./status.ts";
import type { Target, TierConfig } from "./target.ts";
import { ZoneMap } from "./zone.ts";

/** Like `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The words of `{P}_DISCOVERY`, in the default order: configured addresses come before discovered ones. */
const STRATEGIES = ["env", "lb", "cloudmap", "dns"] as const;
type Strategy = (typeof STRATEGIES)[number];

const DNS_PORT = 53;

/**
 * Reads where the service with the prefix `P` is:
 *
 * - `{P}_HOST` with `{P}_PORT`: addresses. A list `a:1,b:2` is accepted; an entry without a port takes `{P}_PORT`.
 * - `{P}_LB_ENDPOINT`: a load balancer, `host:port`.
 * - `{P}_DNS_NAME`: a name with records for all tasks, `name[:port]`; `defaultPort` if neither it nor SRV records have one.
 * - `{P}_CLOUD_MAP`: a service of AWS Cloud Map, `namespace/service`, asked by its API; `defaultPort` for an instance
 *   without a port. Region, credentials and endpoint are the process's own (`AWS_REGION` and its companions), as for every AWS SDK.
 * - `{P}_DISCOVERY`: the strategies in use, in their order. Default `env,lb,cloudmap,dns`.
 * - `{P}_LAST_KNOWN_GOOD_FILE`: keeps the endpoints for the next process: see `ChannelOptions.lastKnownGoodFile`.
 * - `DNS_SERVER`: the name server for all DNS questions, `ip[:port]`. `ZONE_CIDRS`: see `ZoneMap`.
 *
 * The target's name is the prefix in kebab case. A variable may be unset; a blank one is an error.
 * @throws ChannelError `invalid_argument`, one line with the variable, its value and what is expected.
 */
export function targetFromEnvironment(
  prefix: string,
  env: Environment,
  { defaultPort }: { readonly defaultPort: number },
): Target {
  const read = new Variables(env);
  const tiers = new Map<Strategy, TierConfig | undefined>([
    ["env", readHosts(prefix, read)],
    ["lb", readLoadBalancer(prefix, read)],
    ["cloudmap", readCloudMap(prefix, read, defaultPort)],
    ["dns", readDnsName(prefix, read, defaultPort)],
  ]);
  const order = read.parsed(`${prefix}_DISCOVERY`, parseOrder) ?? STRATEGIES;
  const dnsServer = read.parsed("DNS_SERVER", parseDnsServer);
  const lastKnownGoodFile = read.parsed(`${prefix}_LAST_KNOWN_GOOD_FILE`, parsePath);
  const zones = read.parsed("ZONE_CIDRS", (text) => ZoneMap.parse(text));

  const inOrder = order.map((strategy) => tiers.get(strategy)).filter((tier) => tier !== undefined);
  if (inOrder.length === 0) throw nothingToUse(prefix, read);
  const name = prefix.toLowerCase().replaceAll("_", "-");
  return { name, prefix, tiers: inOrder, dnsServer, lastKnownGoodFile, zones };
}

/** Variables, each read with its parser, and the line that is said when one is wrong. */
class Variables {
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  /** @throws ChannelError when the variable is set and blank, or not what `parse` accepts. */
  parsed<T>(name: string, parse: (text: string) => Parsed<T>): T | undefined {
    const text = this.#env[name];
    if (text === undefined) return undefined;
    const result = parse(text.trim());
    if ("error" in result) throw this.wrong(name, result.error);
    return result.value;
  }

  has(name: string): boolean {
    return this.#env[name] !== undefined;
  }

  wrong(name: string, expectation: string): ChannelError {
    return new ChannelError(Status.invalidArgument, `${name}=${escaped(this.#env[name] ?? "")}: ${expectation}`);
  }
}

function readHosts(prefix: string, read: Variables): TierConfig | undefined {
  const port = read.parsed(`${prefix}_PORT`, parsePort);
  const hosts = read.parsed(`${prefix}_HOST`, parseHosts);
  if (hosts === undefined) {
    if (port !== undefined) throw read.wrong(`${prefix}_PORT`, `expected ${prefix}_HOST beside it`);
    return undefined;
  }
  const endpoints = hosts.map((entry): HostPort => {
    const own = entry.port ?? port;
    if (own === undefined)
      throw read.wrong(`${prefix}_HOST`, `expected ${prefix}_PORT beside it, or host:port[,host:port…]`);
    return { host: entry.host, port: own };
  });
  return { strategy: "env", endpoints };
}

function readLoadBalancer(prefix: string, read: Variables): TierConfig | undefined {
  const endpoint = read.parsed(`${prefix}_LB_ENDPOINT`, parseHostPort);
  return endpoint && { strategy: "lb", host: endpoint.host, port: endpoint.port };
}

function readCloudMap(prefix: string, read: Variables, defaultPort: number): TierConfig | undefined {
  const name = read.parsed(`${prefix}_CLOUD_MAP`, parseCloudMapName);
  return name && { strategy: "cloudmap", ...name, defaultPort };
}

function readDnsName(prefix: string, read: Variables, defaultPort: number): TierConfig | undefined {
  const parsed = read.parsed(`${prefix}_DNS_NAME`, parseDnsName);
  return parsed && { strategy: "dns", name: parsed.host, port: parsed.port, defaultPort };
}

function parseHosts(text: string): Parsed<readonly { readonly host: string; readonly port: number | undefined }[]> {
  const hosts = text.split(",").map((item) => parseHostAndPort(item.trim()));
  const wrong = hosts.find((parsed) => "error" in parsed);
  return wrong ?? { value: hosts.flatMap((parsed) => ("value" in parsed ? [parsed.value] : [])) };
}

function parseDnsName(text: string): ReturnType<typeof parseHostAndPort> {
  return text === "" ? { error: "expected a DNS name, name[:port]" } : parseHostAndPort(text);
}

/** `namespace/service`, without a port: instances have their own. */
export function parseCloudMapName(text: string): Parsed<{ readonly namespace: string; readonly service: string }> {
  const [, namespace, service] = /^([^/:\s]+)\/([^/:\s]+)$/.exec(text) ?? [];
  if (namespace === undefined || service === undefined) return { error: "expected namespace/service" };
  return { value: { namespace, service } };
}

function parsePath(text: string): Parsed<string> {
  return text === "" ? { error: "expected the path of a file" } : { value: text };
}

function parseOrder(text: string): Parsed<readonly Strategy[]> {
  const words = text.split(",").map((word) => word.trim());
  const strategies = words.flatMap((word) => STRATEGIES.find((strategy) => strategy === word) ?? []);
  const isFit = strategies.length === words.length && new Set(words).size === words.length;
  return isFit ? { value: strategies } : { error: `expected a list of ${STRATEGIES.join(", ")}, each at most once` };
}

/** `ip[:port]`. */
export function parseDnsServer(text: string): Parsed<HostPort> {
  const parsed = parseHostAndPort(text);
  const error = "expected the IP address of a name server, with or without :port";
  if ("error" in parsed || !isIpAddress(parsed.value.host)) return { error };
  return { value: { host: parsed.value.host, port: parsed.value.port ?? DNS_PORT } };
}

function nothingToUse(prefix: string, read: Variables): ChannelError {
  const names = ["HOST", "LB_ENDPOINT", "CLOUD_MAP", "DNS_NAME"].map((suffix) => `${prefix}_${suffix}`);
  const set = names.filter((name) => read.has(name));
  if (set.length > 0)
    return read.wrong(`${prefix}_DISCOVERY`, `expected the strategy of a variable that is set (${set.join(", ")})`);
  return new ChannelError(Status.invalidArgument, `${names.join(", ")}: expected at least one of them to be set`);
}
