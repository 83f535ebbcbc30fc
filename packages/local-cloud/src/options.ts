import { availableParallelism } from "node:os";
import { type Clock, type Random, systemClock, systemRandom } from "@agent-team/grpc-client";
import { readRedisUrl } from "@agent-team/journal";
import type { Discovery } from "./discovery.ts";
import { LocalCloudError } from "./errors.ts";
import type { CloudListener } from "./events.ts";
import { agentTeamServices, checkDesired, type ServiceDefinition } from "./services.ts";
import { type Timing, timingAt } from "./timing.ts";

/** The address block of a cloud that names none. */
const DEFAULT_VPC = "127.10.0.0/16";

/** How a local cloud is made. */
export interface LocalCloudOptions {
  /** `{project}-{environment}`: names the cluster, the namespace (`{name}.local`) and the balancer. Default `agent-team-local`. */
  readonly name?: string | undefined;
  /** What runs, callees first. Default: 2 workflow-agent, 1 workflow-engine, 1 api-gateway of this repository. */
  readonly services?: readonly ServiceDefinition[] | undefined;
  /** Where the gateway is published on 127.0.0.1. Default 8000; 0 picks a free port. */
  readonly publishedPort?: number | undefined;
  /** Where the AWS APIs answer on 127.0.0.1; any other port when that is taken. Default 4566; 0 picks a free one. */
  readonly apiPort?: number | undefined;
  /**
   * Names by which programs may reach the AWS APIs besides loopback addresses and `localhost`, in lower case and without a
   * port. Requests under another name are refused. Default: none.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** What services are told about each other. Default `"direct"`. */
  readonly discovery?: Discovery | undefined;
  /** The address block, a /16 of 127.0.0.0/8; two clouds side by side need two. Default `127.10.0.0/16`. */
  readonly vpc?: string | undefined;
  /** Ports of their own instead of addresses, also where addresses can be had. Default false. */
  readonly portsOnly?: boolean | undefined;
  /** Divides the delays of the real thing: DNS TTL and propagation, target checks, lame-duck. Default 1; 1 to 100. */
  readonly speed?: number | undefined;
  /** Single delays instead of those that `speed` gives. */
  readonly timing?: Partial<Timing> | undefined;
  /** How many tasks may start at the same time. Default: one for each processor, and at least 4; 1 to 200. */
  readonly startsAtOnce?: number | undefined;
  /** How long resolvers may remember that a name does not exist, in seconds. Default 5 (AWS: up to 900). */
  readonly negativeTtlSeconds?: number | undefined;
  /** Folder of the tasks' logs, `{folder}/{service}/{service}/{task-id}.log`. Default `.local-cloud/logs` in the working directory. */
  readonly logFolder?: string | undefined;
  /**
   * Folder that says where this cloud is as long as it runs: for `agent-team env`, and in `{folder}/infra` for
   * `terraform output`. Of several clouds with one folder the last one counts. Default: none.
   */
  readonly stateFolder?: string | undefined;
  /** REDIS_URL of every task, in the place of a journal of the cloud's own. Default: none. */
  readonly redisUrl?: string | undefined;
  /** Ends the start: everything that already runs is stopped, and the start rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears all events from the first one on. */
  readonly onEvent?: CloudListener | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The same with every default in place and `speed` turned into delays. */
export interface ResolvedOptions
  extends Omit<Required<{ [Name in keyof LocalCloudOptions]: NonNullable<LocalCloudOptions[Name]> }>, Unresolved> {
  readonly timing: Timing;
  readonly redisUrl: string | undefined;
}

type Unresolved = "speed" | "timing" | "stateFolder" | "signal" | "onEvent" | "redisUrl";

/** @throws LocalCloudError for a value out of its range, and when `redisUrl` is no URL of a Redis: here, before any task starts. */
export function resolveOptions(options: LocalCloudOptions): ResolvedOptions {
  for (const { name, desired } of options.services ?? []) checkDesired(`services.${name}.desired`, desired);
  return {
    name: options.name ?? "agent-team-local",
    services: options.services ?? agentTeamServices(),
    publishedPort: options.publishedPort ?? 8000,
    apiPort: options.apiPort ?? 4566,
    allowedHosts: options.allowedHosts ?? [],
    discovery: options.discovery ?? "direct",
    vpc: options.vpc ?? DEFAULT_VPC,
    portsOnly: options.portsOnly ?? false,
    timing: { ...timingAt(options.speed ?? 1), ...options.timing },
    startsAtOnce: checkStartsAtOnce(options.startsAtOnce ?? Math.max(4, availableParallelism())),
    negativeTtlSeconds: options.negativeTtlSeconds ?? 5,
    logFolder: options.logFolder ?? ".local-cloud/logs",
    redisUrl: options.redisUrl === undefined ? undefined : checkRedisUrl(options.redisUrl),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}

function checkStartsAtOnce(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= 200) return count;
  throw new LocalCloudError(`startsAtOnce: expected a whole number from 1 to 200, got ${count}`);
}

function checkRedisUrl(url: string): string {
  try {
    readRedisUrl(url);
    return url;
  } catch (error) {
    throw new LocalCloudError((error as Error).message);
  }
}
