/** Each task's variables and secrets against what its program reads: nothing wrong, nothing unread, nothing forgotten. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { targetFromEnvironment } from "@agent-team/grpc-client";
import { ROOT } from "../../check/tool.ts";
import { toText, type ValueObject } from "../hcl/value.ts";
import { type Service, servicesOf } from "../network/tasks.ts";
import { blocksIn } from "../plan/instance.ts";
import { type ConfigReader, readerOf } from "./service-config.ts";
import { regionOf, type Subject } from "./subject.ts";

/** Whom each service calls, by the prefix of its variables, with the port that DNS alone does not tell. */
const CLIENTS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "api-gateway": { WORKFLOW_SERVICE: 50051, WORKFLOW_ENGINE: 50050 },
  "workflow-agent": { WORKFLOW_ENGINE: 50050 },
  "workflow-engine": {},
};

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

/** The optional ones: here all are given, so that a missing one is a mistake of the HCL. */
const GIVEN = ["anthropic_api_key", "api_keys", "openai_api_key", "supabase_jwt_secret", "supabase_secret_key"];
const EVERY_SECRET: ValueObject = { secrets: [...GIVEN, "supabase_service_key", "supabase_url"] };

const OWNERS = "the defaults are a sixth of the smallest cache's memory for one owner";

/** What a program reads and AWS does not set, each for a reason. */
const LEFT_TO_DEFAULTS: Readonly<Record<string, string>> = {
  ALLOWED_HOSTS: "only with auth_mode none",
  CONVERSATION_RETENTION_HOURS: OWNERS,
  HTTP_ALLOW_HOSTS: "private addresses are reachable for workflows on a developer's machine only",
  JOURNAL_URL: "the shared state of the local cloud; AWS has Redis",
  MAX_CONVERSATIONS_PER_OWNER: OWNERS,
  MAX_CONVERSATION_MIB_PER_OWNER: OWNERS,
  MAX_RUNS_PER_OWNER: OWNERS,
  MAX_RUN_MIB_PER_OWNER: OWNERS,
  MAX_WORKFLOWS_PER_OWNER: OWNERS,
  MAX_WORKFLOW_MIB_PER_OWNER: OWNERS,
  NODE_ENV: "ENVIRONMENT says it",
  LAME_DUCK_QUIET_MS: "its default fits AWS as well",
  PLANNER_PACE_MS: "for demos",
  RUN_RETENTION_HOURS: OWNERS,
};

export async function checkEnvironment(subject: Subject): Promise<readonly string[]> {
  const services = servicesOf(regionOf(subject.plan(EVERY_SECRET)));
  const findings = await Promise.all(services.map(async (service) => checkTask(service, await readerOf(service.name))));
  return findings.flat();
}

/** Until Cloud Map's DNS no longer lists a deregistered task, 2 s, and a margin of 1 s: the TTL comes on top. */
const DNS_MARGIN_MS = 3_000;

/** The time that a task has to end, said twice: to ECS, and to the program. GOAWAY waits until no client reads its address. */
export function checkStopTimes(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan());
  const ttls = region.resources("aws_service_discovery_service").flatMap(({ values }) =>
    blocksIn(values, "dns_config")
      .flatMap((each) => blocksIn(each, "dns_records"))
      .map(({ ttl }) => Number(ttl)),
  );
  const earliest = Math.max(...ttls) * 1_000 + DNS_MARGIN_MS;
  return servicesOf(region).flatMap(({ name, container }) => {
    const stop = Number(container.values["stopTimeout"]) * 1_000;
    const told = Number(toText(container.environment["STOP_TIMEOUT_MS"] ?? null));
    const lameDuck = Number(toText(container.environment["LAME_DUCK_MS"] ?? null));
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

function checkTask({ name, container }: Service, reader: ConfigReader): readonly string[] {
  const environment = Object.fromEntries(
    Object.entries(container.environment).map(([key, value]) => [key, toText(value)]),
  );
  const secrets = Object.keys(container.secrets);
  const isRead = (variable: string): boolean => reader.knows(variable) || isOfChannel(variable, name);
  const all = {
    ...environment,
    ...Object.fromEntries(secrets.map((secret) => [secret, SECRETS[secret] ?? "a-secret"])),
  };
  return [
    ...Object.keys(all)
      .filter((variable) => !isRead(variable))
      .map((variable) => `${variable} is set, and nothing reads it`),
    ...Object.keys(environment)
      .filter((variable) => variable in SECRETS)
      .map((secret) => `${secret} stands in the task definition for all to read: it is a secret`),
    ...Object.keys(SECRETS)
      .filter((secret) => reader.knows(secret) && !(secret in all))
      .map((secret) => `the secret ${secret} is missing`),
    ...documentedVariables()
      .filter((variable) => reader.knows(variable) && !(variable in all) && !(variable in LEFT_TO_DEFAULTS))
      .map((variable) => `${variable} is read, and not set`),
    ...Object.keys(LEFT_TO_DEFAULTS)
      .filter((variable) => variable in all)
      .map((variable) => `${variable} is set, though ${LEFT_TO_DEFAULTS[variable]}`),
    ...reader.problems(all),
    ...channelProblems(name, all),
  ].map((finding) => `${name}: ${finding}`);
}

function isOfChannel(variable: string, service: string): boolean {
  const prefixes = Object.keys(CLIENTS[service] ?? {});
  if (EVERY_CHANNEL.has(variable)) return prefixes.length > 0;
  return prefixes.some(
    (prefix) => variable.startsWith(`${prefix}_`) && CHANNEL.test(variable.slice(prefix.length + 1)),
  );
}

function channelProblems(service: string, env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(CLIENTS[service] ?? {}).flatMap(([prefix, defaultPort]) => {
    try {
      const { tiers } = targetFromEnvironment(prefix, env, { defaultPort });
      return tiers.some(({ strategy }) => strategy === "dns")
        ? []
        : [`${prefix}_DNS_NAME is not used: it is the way that is always there`];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
}

/** What people are told that a server reads. */
function documentedVariables(): readonly string[] {
  const guide = readFileSync(join(ROOT, "docs", "guides", "configuration.md"), "utf8");
  return [
    ...new Set(
      [...guide.matchAll(/`([A-Z][A-Z\d]*(?:_[A-Z\d]+)+|DEBUG|ENVIRONMENT)`/g)].map((match) => match[1] ?? ""),
    ),
  ];
}
