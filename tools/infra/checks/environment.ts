/** Each task's variables and secrets against what its program reads: nothing wrong, nothing unread, nothing forgotten. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { CLIENTS, targetsOf } from "../network/clients.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import { blocksIn, toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";
import { type ConfigReader, readerOf } from "./service-config.ts";

/** Variables of any channel. */
const CHANNEL = /^(?:HOST|PORT|LB_ENDPOINT|DNS_NAME|CLOUD_MAP|DISCOVERY)$/;
const EVERY_CHANNEL: ReadonlySet<string> = new Set(["ZONE_CIDRS", "DNS_SERVER"]);

/** All secrets, with a value that stands for each. A task gets those that its program reads, and no other. */
const SECRETS: Readonly<Record<string, string>> = {
  ANTHROPIC_API_KEY: "sk-a-key",
  API_KEYS: `me:${"5f".repeat(32)}`,
  IDENTITY_SECRET: "0123456789abcdef0123456789abcdef",
  OPENAI_API_KEY: "sk-a-key",
  REDIS_URL: "rediss://:token@known-after-apply:6379/0",
  SUPABASE_JWT_SECRET: "a-secret-of-the-project-with-32-bytes",
  SUPABASE_SECRET_KEY: "a-key",
  SUPABASE_SERVICE_KEY: "a-key",
  SUPABASE_URL: "https://project.supabase.co",
};

/** Those that Terraform always makes. */
const ALWAYS: ReadonlySet<string> = new Set(["IDENTITY_SECRET", "REDIS_URL"]);

/** The variables that the guide lists. */
const DOCUMENTED = readDocumented();

/** The state in which every secret has a value, so that a missing one is a mistake of the HCL. */
const EVERY_SECRET = "every-secret";

const OWNERS = "the defaults are a sixth of the smallest cache's memory for one owner";

/** What a program reads and AWS does not set, each for a reason. */
const LEFT_TO_DEFAULTS: Readonly<Record<string, string>> = {
  CONVERSATION_RETENTION_HOURS: OWNERS,
  HTTP_ALLOW_HOSTS: "private addresses are reachable for workflows on a developer's machine only",
  JOURNAL_URL: "the shared state of the local cloud; AWS has Redis",
  MAX_CONVERSATIONS_PER_OWNER: OWNERS,
  MAX_CONVERSATION_MIB_PER_OWNER: OWNERS,
  MAX_RUNS_PER_OWNER: OWNERS,
  MAX_RUN_MIB_PER_OWNER: OWNERS,
  MAX_WORKFLOWS_PER_OWNER: OWNERS,
  MAX_WORKFLOW_MIB_PER_OWNER: OWNERS,
  NODE_ENV: "ENVIRONMENT replaces it",
  LAME_DUCK_QUIET_MS: "its default fits AWS as well",
  PLANNER_PACE_MS: "for demos",
  RUN_RETENTION_HOURS: OWNERS,
};

export function checkEnvironment(region: Region): readonly string[] {
  return servicesOf(region).flatMap((service) => [
    ...checkTask(service, readerOf(service.name), region.state === EVERY_SECRET),
    ...listening(service, readerOf(service.name)),
    ...parameters(service, region),
  ]);
}

/** Balancers, probes and other tasks come from outside: a server on loopback would be known to itself alone. */
function listening({ name, container }: Service, { read, problems }: ConfigReader): readonly string[] {
  const all = { ...standIns(container.secrets), ...container.environment };
  if (problems(all).length > 0) return []; // checkTask reports them
  const config = read(all);
  return Object.entries(config)
    .filter(([variable, host]) => /^(?:GRPC|HTTP|HEALTH)_HOST$/.test(variable) && host !== "0.0.0.0" && host !== "::")
    .map(([variable, host]) => `${name}: ${variable} is ${String(host)}: expected 0.0.0.0, every address of the task`);
}

/** A secret comes from a parameter of its own name, and REDIS_URL leads to the cache, with TLS and a password. */
function parameters({ name, container }: Service, region: Region): readonly string[] {
  const wrong = Object.entries(container.secrets)
    .filter(([variable, arn]) => !arn.endsWith(`/${variable.toLowerCase()}`))
    .map(([variable, arn]) => `${name}: ${variable} comes from ${arn}, which is another secret`);
  const [written] = region
    .resources("aws_ssm_parameter")
    .filter(({ values }) => container.secrets["REDIS_URL"]?.endsWith(`:parameter${toText(values["name"])}`));
  const [cache] = region.resources("aws_elasticache_replication_group");
  if (written === undefined || cache === undefined) return wrong;
  const end = `@${cache.address}.primary_endpoint_address:${toText(cache.values["port"])}/0`;
  const url = toText(written.values["value"]);
  return /^rediss:\/\/:[^@]+@/.test(url) && url.endsWith(end)
    ? wrong
    : [...wrong, `${name}: REDIS_URL is ${url}: expected rediss://:{password}${end}`];
}

function standIns(secrets: Service["container"]["secrets"]): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(secrets).map((secret) => [secret, SECRETS[secret] ?? "a-secret"]));
}

/** Until Cloud Map's DNS no longer lists a deregistered task, 2 s, and a margin of 1 s: the TTL comes on top. */
const DNS_MARGIN_MS = 3_000;

/** The time that a task has to end, said twice: to ECS, and to the program. GOAWAY waits until no client reads its address. */
export function checkStopTimes(region: Region): readonly string[] {
  const ttls = region.resources("aws_service_discovery_service").flatMap(({ values }) =>
    blocksIn(values, "dns_config")
      .flatMap((each) => blocksIn(each, "dns_records"))
      .map(({ ttl }) => Number(ttl)),
  );
  const earliest = Math.max(...ttls) * 1_000 + DNS_MARGIN_MS;
  return servicesOf(region).flatMap(({ name, container }) => {
    const stop = Number(container.values["stopTimeout"]) * 1_000;
    const told = Number(container.environment["STOP_TIMEOUT_MS"]);
    const lameDuck = Number(container.environment["LAME_DUCK_MS"]);
    return [
      ...(stop === told ? [] : [`${name}: STOP_TIMEOUT_MS is ${told}, ECS's stopTimeout ${stop}`]),
      ...(lameDuck >= earliest && lameDuck < told
        ? []
        : [
            `${name}: LAME_DUCK_MS is ${lameDuck}: expected at least ${earliest}, when DNS no longer lists the task, and less than STOP_TIMEOUT_MS (${told})`,
          ]),
    ];
  });
}

function checkTask({ name, container }: Service, reader: ConfigReader, isEverySecret: boolean): readonly string[] {
  const { environment, secrets } = container;
  const isRead = (variable: string): boolean => reader.knows(variable) || isOfChannel(variable, name);
  const all: Readonly<Record<string, string>> = { ...environment, ...standIns(secrets) };
  const isDefault = (variable: string): boolean =>
    variable === "ALLOWED_HOSTS" ? environment["AUTH_MODE"] !== "none" : variable in LEFT_TO_DEFAULTS;
  const missing = DOCUMENTED.filter((variable) => reader.knows(variable) && !(variable in all));
  return [
    ...Object.keys(all)
      .filter((variable) => !isRead(variable))
      .map((variable) => `${variable} is set, and nothing reads it`),
    ...Object.keys(environment)
      .filter((variable) => variable in SECRETS)
      .map((secret) => `${secret} stands in the task definition for all to read: it is a secret`),
    ...missing
      .filter((variable) => (variable in SECRETS ? isEverySecret || ALWAYS.has(variable) : !isDefault(variable)))
      .map((variable) =>
        variable in SECRETS ? `the secret ${variable} is missing` : `${variable} is read, and not set`,
      ),
    ...Object.keys(all)
      .filter(isDefault)
      .map((variable) => `${variable} is set, though ${LEFT_TO_DEFAULTS[variable] ?? "it is for auth_mode none"}`),
    ...reader.problems(all),
    ...channelProblems({ name, container }),
  ].map((finding) => `${name}: ${finding}`);
}

function isOfChannel(variable: string, service: string): boolean {
  const prefixes = Object.keys(CLIENTS[service] ?? {});
  if (EVERY_CHANNEL.has(variable)) return prefixes.length > 0;
  return prefixes.some(
    (prefix) => variable.startsWith(`${prefix}_`) && CHANNEL.test(variable.slice(prefix.length + 1)),
  );
}

function channelProblems(service: Pick<Service, "name" | "container">): readonly string[] {
  try {
    return targetsOf(service)
      .filter(({ target }) => !target.tiers.some(({ strategy }) => strategy === "dns"))
      .map(({ prefix }) => `${prefix}_DNS_NAME is not set: it is the way that is always there`);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function readDocumented(): readonly string[] {
  const guide = readFileSync(join(ROOT, "docs", "guides", "configuration.md"), "utf8");
  return [
    ...new Set(
      [...guide.matchAll(/`([A-Z][A-Z\d]*(?:_[A-Z\d]+)+|DEBUG|ENVIRONMENT)`/g)].map((match) => match[1] ?? ""),
    ),
  ];
}
