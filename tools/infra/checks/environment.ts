/** Each task's variables and secrets, compared with those that its program reads. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { CLIENTS, targetsOf } from "../network/clients.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import type { Region } from "../state/region.ts";
import { type Findings, findingsOf } from "./findings.ts";
import { type ConfigReader, readerOf } from "./service-config.ts";
import { isOfTls } from "./tls.ts";

/** Variables that every channel reads, behind the prefix of its target. */
const CHANNEL = /^(?:HOST|PORT|LB_ENDPOINT|DNS_NAME|CLOUD_MAP|DISCOVERY|TLS_CA|TLS_CERT|TLS_KEY)$/;
const EVERY_CHANNEL: ReadonlySet<string> = new Set(["ZONE_CIDRS", "DNS_SERVER"]);

/** Every secret, with a value for the program's config schema. */
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
  WORKFLOW_SECRETS: '{"NAME":{"value":"a-secret-value","hosts":["api.example.com"],"owners":["*"]}}',
};

/** Secrets that Terraform makes itself. The others exist where the user gives a value: in the state EVERY_SECRET. */
const GENERATED: ReadonlySet<string> = new Set(["IDENTITY_SECRET", "REDIS_URL"]);
const EVERY_SECRET = "every-secret";

const OWNERS = "the defaults are a sixth of the smallest cache's memory for one owner";

const PROVIDER = "the defaults are the providers' own addresses, small models, and times that fit them";

const TEXTS = "ECS passes certificates as texts";

/** Variables that a program reads and that Terraform leaves to their defaults, each with the reason. */
const LEFT_TO_DEFAULTS: Readonly<Record<string, string>> = {
  ANTHROPIC_BASE_URL: PROVIDER,
  ANTHROPIC_MODEL: PROVIDER,
  CONVERSATION_RETENTION_HOURS: OWNERS,
  GRPC_MAX_CALLS: "a bound for the memory of a task; below it CPU is the limit, and service auto scaling looks at that",
  HTTP_ALLOW_HOSTS: "private addresses are reachable for workflows on a developer's machine only",
  JOURNAL_URL: "it is the shared state of the local cloud; AWS has Redis",
  LLM_FIRST_TOKEN_MS: PROVIDER,
  LLM_HISTORY_TOKENS: PROVIDER,
  LLM_IDLE_MS: PROVIDER,
  MAX_CONVERSATIONS_PER_OWNER: OWNERS,
  MAX_CONVERSATION_MIB_PER_OWNER: OWNERS,
  MAX_RUNS_PER_OWNER: OWNERS,
  MAX_RUN_MIB_PER_OWNER: OWNERS,
  MAX_WORKFLOWS_PER_OWNER: OWNERS,
  MAX_WORKFLOW_MIB_PER_OWNER: OWNERS,
  OPENAI_API: PROVIDER,
  OPENAI_BASE_URL: PROVIDER,
  OPENAI_MODEL: PROVIDER,
  NODE_ENV: "ENVIRONMENT replaces it",
  LAME_DUCK_QUIET_MS: "its default fits AWS as well",
  PLANNER_PACE_MS: "it is for demos",
  RUN_LEASE_MS: "its default fits AWS as well; a shorter one takes runs from engines that are only busy",
  RUN_RETENTION_HOURS: OWNERS,
  TLS_CERT_FILE: TEXTS,
  TLS_CLIENT_CA_FILE: TEXTS,
  TLS_KEY_FILE: TEXTS,
  WORKFLOW_SECRETS_FILE: "ECS passes the secrets as a text",
};

/** The variables in the configuration guide. */
const DOCUMENTED: ReadonlySet<string> = readDocumented();

/** From deregistration until Cloud Map's DNS no longer lists a task, 2 s, and a margin of 1 s. The TTL comes on top. */
const DNS_MARGIN_MS = 3_000;

export function* checkEnvironment(region: Region): Findings {
  for (const service of servicesOf(region)) {
    const { name, container } = service;
    const reader = readerOf(name);
    const all = { ...container.environment };
    for (const secret of Object.keys(container.secrets)) all[secret] ??= SECRETS[secret] ?? "a-secret";
    for (const finding of [
      ...variables(service, Object.keys(all), reader, region.state === EVERY_SECRET),
      ...values(reader, all),
      ...findingsOf(() => targets(service)),
      ...secrets(service, region),
    ])
      yield `${name}: ${finding}`;
  }
}

function* variables(
  { name, container }: Service,
  set: readonly string[],
  reader: ConfigReader,
  isEverySecret: boolean,
): Findings {
  const { environment } = container;
  const reasonOf = (variable: string): string | undefined =>
    variable === "ALLOWED_HOSTS" && environment["AUTH_MODE"] !== "none"
      ? "it is for auth_mode none"
      : LEFT_TO_DEFAULTS[variable];
  for (const variable of set) {
    if (!reader.knows(variable) && !isOfChannel(variable, name)) yield `${variable} is set, and nothing reads it`;
    if (variable in SECRETS && variable in environment)
      yield `${variable} is a secret, and the task definition shows its value`;
    if (reasonOf(variable) !== undefined) yield `${variable} is set, though ${reasonOf(variable)}`;
  }
  for (const variable of DOCUMENTED) {
    if (set.includes(variable) || !reader.knows(variable) || isOfTls(variable)) continue;
    if (!(variable in SECRETS)) {
      if (reasonOf(variable) === undefined) yield `${variable} is read, and not set`;
    } else if (isEverySecret || GENERATED.has(variable)) yield `the secret ${variable} is missing`;
  }
}

/** The program accepts all values, and listens on every address: load balancers, probes and other tasks are not on loopback. */
function* values(reader: ConfigReader, all: Readonly<Record<string, string>>): Findings {
  const problems = reader.problems(all);
  yield* problems;
  if (problems.length > 0) return;
  for (const [variable, host] of Object.entries(reader.read(all))) {
    if (/^(?:GRPC|HTTP|HEALTH)_HOST$/.test(variable) && host !== "0.0.0.0" && host !== "::")
      yield `${variable} is ${String(host)}: expected 0.0.0.0, every address of the task`;
  }
}

function* targets(service: Service): Findings {
  for (const { prefix, target } of targetsOf(service)) {
    if (!target.tiers.some(({ strategy }) => strategy === "dns"))
      yield `${prefix}_DNS_NAME is not set: DNS is the strategy that always works`;
  }
}

function* secrets({ container }: Service, region: Region): Findings {
  for (const [variable, arn] of Object.entries(container.secrets)) {
    if (!isOfTls(variable) && !arn.endsWith(`/${variable.toLowerCase()}`))
      yield `${variable} comes from ${arn}, which is another secret`;
  }
  const [parameter] = region
    .resources("aws_ssm_parameter")
    .filter((each) => container.secrets["REDIS_URL"]?.endsWith(`:parameter${each.text("name")}`));
  const [cache] = region.resources("aws_elasticache_replication_group");
  if (parameter === undefined || cache === undefined) return;
  const end = `@${cache.address}.primary_endpoint_address:${cache.text("port")}/0`;
  const url = parameter.text("value");
  if (!/^rediss:\/\/:[^@]+@/.test(url) || !url.endsWith(end))
    yield `REDIS_URL is ${url}: expected rediss://:{password}${end}`;
}

function isOfChannel(variable: string, service: string): boolean {
  const prefixes = Object.keys(CLIENTS[service] ?? {});
  if (EVERY_CHANNEL.has(variable)) return prefixes.length > 0;
  return prefixes.some(
    (prefix) => variable.startsWith(`${prefix}_`) && CHANNEL.test(variable.slice(prefix.length + 1)),
  );
}

/** ECS and the program have the same time to stop, and GOAWAY is sent when no client's DNS lists the task any more. */
export function* checkStopTimes(region: Region): Findings {
  for (const { name, container, registry } of servicesOf(region)) {
    const ttls = registry?.records.map((record) => record.number("ttl")) ?? [];
    const earliest = Math.max(...ttls) * 1_000 + DNS_MARGIN_MS;
    const stop = container.block.number("stopTimeout") * 1_000;
    const programMs = Number(container.environment["STOP_TIMEOUT_MS"]);
    const lameDuck = Number(container.environment["LAME_DUCK_MS"]);
    if (stop !== programMs) yield `${name}: STOP_TIMEOUT_MS is ${programMs}, ECS's stopTimeout ${stop}`;
    if (!(lameDuck >= earliest && lameDuck < programMs))
      yield `${name}: LAME_DUCK_MS is ${lameDuck}: expected at least ${earliest}, when DNS no longer lists the task, and less than STOP_TIMEOUT_MS (${programMs})`;
  }
}

function readDocumented(): ReadonlySet<string> {
  const guide = readFileSync(join(ROOT, "docs", "guides", "configuration.md"), "utf8");
  const names = guide.matchAll(/`([A-Z][A-Z\d]*(?:_[A-Z\d]+)+|DEBUG|ENVIRONMENT)`/g);
  return new Set([...names].map((match) => match[1] ?? ""));
}
