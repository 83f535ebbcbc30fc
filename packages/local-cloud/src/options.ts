import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { type Random, systemRandom } from "@agent-team/foundation/random";
import { readRedisUrl } from "@agent-team/journal/host";
import type { Discovery } from "./discovery.ts";
import { LocalCloudError } from "./errors.ts";
import type { CloudListener } from "./events.ts";
import { agentTeamServices, checkDesired, type ServiceDefinition } from "./services.ts";
import { type Timing, timingAt } from "./timing.ts";

/** The address block of a cloud that names none. */
const DEFAULT_VPC = "127.10.0.0/16";

/** Options of a local cloud. */
export interface LocalCloudOptions {
  /** `{project}-{environment}`: names the cluster, the namespace (`{name}.local`) and the balancer. Default `agent-team-local`. */
  readonly name?: string | undefined;
  /** The services, backends first. Default: 2 tasks of workflow-agent, 1 of workflow-engine and 1 of api-gateway, as in this repository. */
  readonly services?: readonly ServiceDefinition[] | undefined;
  /** Port of the published gateway on 127.0.0.1. Default 8000; 0 picks a free port. */
  readonly publishedPort?: number | undefined;
  /** Port of the AWS APIs on 127.0.0.1. Default 4566; 0 picks a free port, and so does a taken one. */
  readonly apiPort?: number | undefined;
  /**
   * Host names under which the AWS APIs accept requests, in addition to loopback addresses and `localhost`: in lower case and
   * without a port. Requests with another name are refused. Default: none.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** The strategies for which tasks get discovery variables. Default `"direct"`. */
  readonly discovery?: Discovery | undefined;
  /** The address block, a /16 of 127.0.0.0/8. Clouds that run at the same time need different blocks. Default `127.10.0.0/16`. */
  readonly vpc?: string | undefined;
  /** Gives each task own ports on 127.0.0.1 instead of an own address, also where addresses can be bound. Default false. */
  readonly portsOnly?: boolean | undefined;
  /** Divides the delays of AWS: DNS TTL and propagation, health checks, lame-duck. Default 1; 1 to 100. */
  readonly speed?: number | undefined;
  /** Overrides single delays. Default: those that follow from `speed`. */
  readonly timing?: Partial<Timing> | undefined;
  /** Limit of tasks that start at the same time. Default: the number of processors, at least 4; 1 to 200. */
  readonly startsAtOnce?: number | undefined;
  /** Negative TTL of DNS responses, in seconds. Default 5 (AWS: up to 900). */
  readonly negativeTtlSeconds?: number | undefined;
  /** Folder of the tasks' logs, `{folder}/{service}/{service}/{task-id}.log`. Default `.local-cloud/logs` in the working directory. */
  readonly logFolder?: string | undefined;
  /**
   * Folder for the addresses of this cloud while it runs, which `agent-team env` reads, and for a Terraform state in
   * `{folder}/infra`, which `terraform output` reads. When clouds share a folder, the one started last is recorded.
   * Default: nothing is written.
   */
  readonly stateFolder?: string | undefined;
  /**
   * Mutual TLS on the gRPC connections between tasks, also through the internal balancer, with certificates of a CA that the cloud
   * makes. Their files are in `{stateFolder}/tls`, or in a temporary folder, until the cloud ends. The published gateway, the side
   * ports and the journal stay plaintext. Default false.
   */
  readonly tls?: boolean | undefined;
  /** REDIS_URL of every task. Default: none, and the tasks share a journal in the memory of the cloud. */
  readonly redisUrl?: string | undefined;
  /** Aborts the start: tasks and listeners are closed, and `startLocalCloud` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Receives every event from the first one on. */
  readonly onEvent?: CloudListener | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** The options with all defaults applied and `speed` resolved to delays. */
export interface ResolvedOptions
  extends Omit<Required<{ [Name in keyof LocalCloudOptions]: NonNullable<LocalCloudOptions[Name]> }>, Unresolved> {
  readonly timing: Timing;
  readonly redisUrl: string | undefined;
  readonly tlsFolder: string | undefined;
}

type Unresolved = "speed" | "timing" | "stateFolder" | "signal" | "onEvent" | "redisUrl";

/** @throws LocalCloudError for a value out of its range and for an invalid `redisUrl`, before any task starts */
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
    tls: options.tls ?? false,
    tlsFolder: options.stateFolder === undefined ? undefined : join(options.stateFolder, "tls"),
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
