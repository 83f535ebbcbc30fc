import { once } from "node:events";
import { join } from "node:path";
import { systemClock } from "@agent-team/foundation/clock";
import {
  agentTeamServices,
  type CloudEvent,
  callerVariables,
  type Discovery,
  isNamedOrder,
  type LocalCloud,
  type LocalCloudOptions,
  MAX_DESIRED,
  NAMED_ORDERS,
  type NamedOrder,
  STRATEGIES,
  startLocalCloud,
} from "@agent-team/local-cloud";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { parseInteger, parseOptions } from "../parse-options.ts";
import { STATE_FOLDER } from "./env.ts";

/** A description of each named order, for `--help`. */
const ORDER_SUMMARIES: Readonly<Record<NamedOrder, string>> = {
  direct: "the tasks directly, then the load balancer",
  recommended: "as in infra/examples",
  terraform: "the default of discovery_order in infra/, without env",
};

/** Variables of the services that `up` passes on from its own environment. */
const SERVICE_VARIABLES = [
  "LLM_PROVIDER",
  "LLM_HISTORY_TOKENS",
  "LLM_FIRST_TOKEN_MS",
  "LLM_IDLE_MS",
  "OPENAI_API_KEY",
  "OPENAI_BASE_URL",
  "OPENAI_MODEL",
  "OPENAI_API",
  "ANTHROPIC_API_KEY",
  "ANTHROPIC_BASE_URL",
  "ANTHROPIC_MODEL",
  "PLANNER_PACE_MS",
  "HTTP_ALLOW_HOSTS",
  "PUBLIC_URL",
  "MAX_CONVERSATIONS_PER_OWNER",
  "MAX_CONVERSATION_MIB_PER_OWNER",
  "CONVERSATION_RETENTION_HOURS",
  "MAX_WORKFLOWS_PER_OWNER",
  "MAX_WORKFLOW_MIB_PER_OWNER",
  "MAX_RUNS_PER_OWNER",
  "MAX_RUN_MIB_PER_OWNER",
  "RUN_RETENTION_HOURS",
  "LOG_LEVEL",
];

/** `npm start`: runs the whole system on this machine until Ctrl-C. */
export const up: Command = {
  name: "up",
  summary: "starts the local cloud with all services and runs until Ctrl-C",
  usage: `agent-team up [--name NAME] [--agents N] [--discovery WHICH] [--speed N] [--tls] [--ports-only] [--vpc CIDR]

  --name NAME        name of the cloud, with the namespace NAME.local (agent-team-local)
  --agents N         number of workflow-agent tasks, 1 to ${MAX_DESIRED} (2)
  --discovery WHICH  how services find each other (direct):
${describeNamedOrders()}
                     or a list of ${STRATEGIES.join(", ")}, in the order in which they are tried
  --speed N          divides the delays of AWS: TTL, propagation, health checks, draining; 1 to 100 (1)
  --tls              mutual TLS between the services, with certificates of a CA that the cloud makes
  --ports-only       gives each task own ports on 127.0.0.1 instead of an own address
  --vpc CIDR         address block, a /16 of 127.0.0.0/8; a second cloud needs another one (127.10.0.0/16)

  PORT               variable: port of the gateway on 127.0.0.1 (8000)
  AUTH_MODE          variable: authentication of callers (none), with SUPABASE_URL, SUPABASE_JWT_SECRET, API_KEYS
  REDIS_URL          variable: the Redis in which all tasks keep their state (default: the memory of this process)`,

  async run(args, context) {
    const started = systemClock.now();
    const options = readOptions(args, context);
    context.out(`${options.name ?? "agent-team-local"} is starting …`);
    const onEvent = (event: CloudEvent): void => show(event, context, started);
    const cloud = await start({ ...options, onEvent, signal: context.signal });
    if (cloud === undefined) return 0;
    await using _closing = cloud;
    context.out(welcome(cloud, systemClock.now() - started, requiresCredentials(context), options.tls === true));
    if (!context.signal.aborted) await once(context.signal, "abort");
    return 0;
  },
};

/** Resolves to undefined when the start was interrupted. */
async function start(options: LocalCloudOptions): Promise<LocalCloud | undefined> {
  try {
    return await startLocalCloud(options);
  } catch (error) {
    if (options.signal?.aborted === true) return undefined;
    throw error;
  }
}

function readOptions(args: readonly string[], { env, cwd }: CommandContext): LocalCloudOptions {
  const { values } = parseOptions(args, {
    name: { type: "string" },
    agents: { type: "string" },
    discovery: { type: "string" },
    speed: { type: "string" },
    tls: { type: "boolean" },
    "ports-only": { type: "boolean" },
    vpc: { type: "string" },
  });
  const agents = values.agents === undefined ? undefined : parseInteger("--agents", values.agents, 1, MAX_DESIRED);
  return {
    name: values.name === undefined ? undefined : parseName(values.name),
    services: agentTeamServices({ agents, environment: serviceVariables(env), callers: callerVariables(env) }),
    discovery: values.discovery === undefined ? undefined : parseDiscovery(values.discovery),
    speed: values.speed === undefined ? undefined : parseInteger("--speed", values.speed, 1, 100),
    tls: values.tls,
    portsOnly: values["ports-only"],
    vpc: values.vpc,
    logFolder: join(cwd, STATE_FOLDER, "logs"),
    stateFolder: join(cwd, STATE_FOLDER),
    redisUrl: env["REDIS_URL"] || undefined,
    // The gateway reads the variable too, and refuses an invalid host.
    allowedHosts: (env["ALLOWED_HOSTS"] ?? "")
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((host) => host !== ""),
    publishedPort:
      env["PORT"] === undefined || env["PORT"] === "" ? undefined : parseInteger("PORT", env["PORT"], 1, 65_535),
  };
}

function parseName(name: string): string {
  // The name is a DNS label. With 22 characters the names that Terraform derives from it stay within the limits of AWS.
  if (/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/.test(name)) return name;
  throw new UsageError(`--name=${name}: expected up to 22 lower-case letters, digits and hyphens`);
}

/** One line of `--help` for each named order, with its strategies. */
function describeNamedOrders(): string {
  return (Object.keys(ORDER_SUMMARIES) as NamedOrder[])
    .map((name) => `${name.padEnd(13)}${NAMED_ORDERS[name].join(",").padEnd(17)}${ORDER_SUMMARIES[name]}`)
    .map((line) => " ".repeat(21) + line)
    .join("\n");
}

function parseDiscovery(text: string): Discovery {
  if (isNamedOrder(text)) return text;
  const words = text.split(",");
  const order = words.flatMap((word) => STRATEGIES.find((strategy) => strategy === word) ?? []);
  if (order.length === words.length && new Set(order).size === order.length) return { order };
  const names = Object.keys(NAMED_ORDERS).join(", ");
  throw new UsageError(
    `--discovery=${text}: expected ${names}, or a list of ${STRATEGIES.join(", ")}, each at most once`,
  );
}

/** The variables of the caller's environment that all services get, if they are set. */
function serviceVariables(env: CommandContext["env"]): Record<string, string> {
  // Links of approvals are opened on this machine, unless the variable says where else the gateway is reached.
  const here = { PUBLIC_URL: `http://localhost:${env["PORT"] || 8000}` };
  const given = Object.fromEntries(SERVICE_VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  return { ...here, ...given };
}

function requiresCredentials({ env }: CommandContext): boolean {
  return (env["AUTH_MODE"] || "none") !== "none";
}

function show(event: CloudEvent, { out, err }: CommandContext, started: number): void {
  switch (event.kind) {
    case "ports-only":
      return err(`${event.reason}: every task gets its own port on 127.0.0.1 instead of its own address.`);
    case "task-failed":
      return err(`  ${describeTask(event)} ended (${event.task.exit}) and is being replaced`);
    case "task-unhealthy":
      return err(`  ${describeTask(event)} is unhealthy (${event.reason}) and is being replaced`);
    case "task-changed":
      if (event.task.state === "running")
        out(`  ${describeTask(event)} is ready after ${seconds(systemClock.now() - started)}`);
      return;
    default:
      event satisfies never;
  }
}

function describeTask({ task }: Exclude<CloudEvent, { readonly kind: "ports-only" }>): string {
  return `${task.service.padEnd(16)}${`${task.host}:${task.port}`.padEnd(20)}${task.zone}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function welcome(cloud: LocalCloud, tookMs: number, withCredential: boolean, withTls: boolean): string {
  const { url, dnsServer, namespace, apiUrl, journalUrl } = cloud;
  const credential = withCredential ? ` -H "authorization: Bearer $TOKEN"` : "";
  return `Ready in ${seconds(tookMs)}.

  page        ${url}/
  API         ${url}/docs
  discovery   ${url}/v1/discovery
  DNS         dig @${dnsServer.host} -p ${dnsServer.port} workflow-agent.${namespace}
  AWS API     ${apiUrl}
  logs        .local-cloud/logs
${withTls ? "  TLS         between the services, certificates in .local-cloud/tls\n" : ""}  state       ${journalUrl === undefined ? "in the Redis of REDIS_URL" : "in this process, gone when it ends"}

For aws, nslookup and dig in another terminal:

  eval "$(npx agent-team env)"

Open the page in a browser, or try it here:

  curl -N ${url}/v1/conversations/test-123/messages${credential} -H 'content-type: application/json' -H 'accept: text/event-stream' -d '{"message":"Hello, workflow!"}'

Ctrl-C stops everything.`;
}
