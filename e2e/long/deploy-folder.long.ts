/**
 * The content of the images, run as ECS runs it: a copied folder, read-only, an unprivileged user, Node and the contract's
 * variables. Then all three services on the local cloud: with Cloud Map's API alone, which needs AWS's SDK in the folders, and as
 * Terraform deploys them, where DNS finds the tasks.
 */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { delay, systemClock } from "@agent-team/foundation/clock";
import { agentTeamServices } from "@agent-team/local-cloud";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { cloudOfTest } from "../test/support/cloud.ts";
import { converse, ORDERS_REQUEST, postJson, specOf, textOf } from "../test/support/conversation.ts";
import { Machine } from "../test/support/deploy-folder.ts";
import { bearer, startProject } from "../test/support/project.ts";
import { readTaskDefinitions } from "../test/support/task-definitions.ts";

const VPC = "127.23.0.0/16";
/** An address that no task of any cloud has. */
const HOST = "127.23.200.1";
/**
 * The container's first health check must succeed. In CPU time, which other tests on the machine do not change. A start takes
 * about half a second of it.
 */
const START_LIMIT_MS = 3_000;
/** Of `/proc/PID/stat`: USER_HZ, which is 100 on every Linux. */
const TICK_MS = 10;
/** Short beside the start, and long enough not to slow it. */
const POLL_MS = 25;

/** The variables of a task beside its address. The addresses in them do not answer; a program starts all the same. */
const SURROUNDINGS = {
  AWS_REGION: "us-east-1",
  WORKFLOW_SERVICE_DNS_NAME: "workflow-agent.agent-team-production.local",
  WORKFLOW_ENGINE_DNS_NAME: "workflow-engine.agent-team-production.local",
  DNS_SERVER: "127.0.0.1:1",
  WORKFLOW_SERVICE_CLOUD_MAP: "agent-team-production.local/workflow-agent",
  WORKFLOW_ENGINE_CLOUD_MAP: "agent-team-production.local/workflow-engine",
  AWS_ENDPOINT_URL: "http://127.0.0.1:1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  LAME_DUCK_MS: "0",
};

const SERVICES = [
  { name: "api-gateway", bind: { HTTP_HOST: HOST }, check: `-addr=http://${HOST}:8080/livez` },
  { name: "workflow-agent", bind: { GRPC_HOST: HOST }, check: `-addr=${HOST}:50051` },
  { name: "workflow-engine", bind: { GRPC_HOST: HOST }, check: `-addr=${HOST}:50050` },
] as const;

let machine: Machine;
let before: readonly string[];

beforeAll(async () => {
  machine = new Machine();
  for (const { name } of SERVICES) await machine.install(name);
}, 120_000);
afterAll(() => machine.remove());

beforeEach(() => {
  before = machine.fingerprint();
});
afterEach(() => {
  expect(machine.fingerprint(), "nothing is written").toEqual(before);
});

interface Running {
  readonly exited: Promise<unknown>;
  terminate(): void;
  /** Its CPU time, user and system. */
  cpuMs(): number;
  /** Resolves when `/readyz` answers with this status; rejects when the program ends before. */
  untilReadyzIs(status: number): Promise<void>;
}

function start(service: string, environment: Readonly<Record<string, string>>): Running {
  const child = machine.start(service, { ...SURROUNDINGS, ...environment });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return {
    exited,
    terminate: () => void child.kill("SIGTERM"),
    cpuMs: () => {
      // proc(5): after the name in parentheses, which may hold spaces, utime and stime are the 12th and 13th field.
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    },
    async untilReadyzIs(status) {
      while ((await readyz()) !== status) {
        if (child.exitCode !== null) throw new Error(`${service} ended with ${child.exitCode}`);
        await delay(systemClock, POLL_MS);
      }
    },
  };
}

async function readyz(): Promise<number | undefined> {
  const response = await fetch(`http://${HOST}:8080/readyz`).catch(() => undefined);
  return response?.status;
}

test.for(SERVICES)("$name starts, passes its health check, and ends at SIGTERM", async ({ name, bind, check }) => {
  const service = start(name, bind);
  await service.untilReadyzIs(200);
  expect(service.cpuMs()).toBeGreaterThan(0);
  expect(service.cpuMs()).toBeLessThan(START_LIMIT_MS);
  expect(await machine.probe(name, check)).toEqual({ code: 0, said: "status: SERVING" });
  service.terminate();
  expect(await service.exited).toEqual([0, null]);
  expect((await machine.probe(name, check)).code).toBe(2);
});

test.for([{ REDIS_URL: "redis://:token@127.0.0.1:1/0" }, { JOURNAL_URL: "tcp://127.0.0.1:1" }])(
  "without its store a server passes the checks of ECS and the balancer, and its service is NOT_SERVING: %j",
  async (store) => {
    const agent = start("workflow-agent", { GRPC_HOST: HOST, ...store });
    await agent.untilReadyzIs(200);
    const address = `${HOST}:50051`;
    expect(await machine.probe("workflow-agent", `-addr=${address}`)).toEqual({ code: 0, said: "status: SERVING" });
    const service = "-service=agentteam.workflow.v1.WorkflowAgentService";
    expect(await machine.probe("workflow-agent", `-addr=${address}`, service)).toEqual({
      code: 4,
      said: `unhealthy: ${address} answered NOT_SERVING`,
    });
    agent.terminate();
    expect(await agent.exited).toEqual([0, null]);
  },
);

test("the three find each other by Cloud Map's API and converse", async () => {
  const services = agentTeamServices().map((definition) => ({
    ...definition,
    program: `${machine.folderOf(definition.name)}/dist/main.js`,
  }));
  const ends: string[] = [];
  await using cloud = await cloudOfTest(VPC, {
    services,
    discovery: "cloudmap",
    onEvent: (event) => {
      if (event.kind === "task-changed" && event.task.state === "stopped") ends.push(event.task.exit ?? "");
    },
  });

  expect(textOf(await converse(cloud.url, "test-123", "Hello, workflow!"))).toMatch(/\w+ \w+/);
  const stored = await postJson(`${cloud.url}/v1/workflows`, {
    spec: specOf(await converse(cloud.url, "test-124", ORDERS_REQUEST)),
  });
  expect(stored.status, JSON.stringify(stored.body)).toBe(201);

  const page = await fetch(cloud.url);
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("<title>Agent Team</title>")]);

  for (const { service, host, port, healthPort } of cloud.tasks()) {
    const address = service === "api-gateway" ? `http://${host}:${healthPort}/livez` : `${host}:${port}`;
    expect(await machine.probe(service, `-addr=${address}`)).toEqual({ code: 0, said: "status: SERVING" });
  }
  await cloud.setDesired("workflow-agent", 1);
  const drained = cloud.tasks("workflow-agent").find(({ state }) => state === "draining");
  await cloud.stopTask(drained?.id ?? "");
  expect(ends).toEqual(["exit code 0"]);
});

test("with Terraform's variables for production, two tasks of each service serve authorised callers, with one Redis", async ({
  skip,
}) => {
  skip(whyNoRedisServer !== undefined, whyNoRedisServer);
  await using redis = await RedisServer.start({ args: ["--requirepass", "token"] });
  await using project = await startProject();
  const secrets: Readonly<Record<string, string>> = {
    IDENTITY_SECRET: "0123456789abcdef0123456789abcdef",
    REDIS_URL: redis.url.replace("redis://", "redis://:token@"),
    SUPABASE_URL: project.url,
    ANTHROPIC_API_KEY: "a key",
    OPENAI_API_KEY: "a key",
  };
  // The keys are of no use here: no model can be reached.
  const here = { LLM_PROVIDER: "embedded" };
  const told = readTaskDefinitions();
  const services = agentTeamServices().map((definition) => {
    const task = told.get(definition.name) ?? expect.fail(`Terraform deploys no ${definition.name}`);
    const values = task.secrets.map((name) => [name, secrets[name] ?? expect.fail(`there is no ${name}`)] as const);
    const environment = { ...task.environment, ...Object.fromEntries(values), ...here };
    const program = `${machine.folderOf(definition.name)}/dist/main.js`;
    return { ...definition, desired: 2, program, environment };
  });
  expect(told.get("api-gateway")?.environment).toMatchObject({ ENVIRONMENT: "production", AUTH_MODE: "jwt" });
  await using cloud = await cloudOfTest("127.25.0.0/16", { services, redisUrl: redis.url });

  const [ada, bob] = [bearer(project.token("ada")), bearer(project.token("bob"))];
  const events = await converse(cloud.url, "c1", ORDERS_REQUEST, ada);
  const stored = await postJson(`${cloud.url}/v1/workflows`, { spec: specOf(events) }, ada);
  expect([stored.status, stored.body["owner"]], JSON.stringify(stored.body)).toEqual([201, "ada"]);
  // Each task reads the workflow that another task stored, and its owner.
  const statuses = await Promise.all(
    [ada, ada, ada, ada, bob, {}].map(async (headers) => {
      const { status } = await fetch(`${cloud.url}/v1/workflows/${String(stored.body["id"])}`, { headers });
      return status;
    }),
  );
  expect(statuses).toEqual([200, 200, 200, 200, 404, 401]);
  expect(cloud.tasks().map(({ service, state }) => `${service} ${state}`)).toEqual(
    ["workflow-engine", "workflow-agent", "api-gateway"].flatMap((name) => Array(2).fill(`${name} running`)),
  );
});
