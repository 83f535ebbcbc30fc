// The variables of a task: its listen addresses, its metadata, and the other services by each discovery strategy.

import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Discovery, LocalCloud, LocalCloudOptions } from "../src/index.ts";
import { echoService, startTestCloud, testFolder, testVpc, until } from "./support.ts";

const GATEWAY = echoService({ name: "api-gateway", port: 8000, protocol: "http", clientPrefix: undefined, desired: 1 });
const ENGINE = echoService({ name: "workflow-engine", port: 50050, clientPrefix: "WORKFLOW_ENGINE", desired: 1 });
const AGENT = echoService({ balancer: "nlb" });

/** The variables that the gateway task printed. */
async function environmentOf(options: LocalCloudOptions): Promise<{ cloud: LocalCloud; env: Record<string, string> }> {
  const logFolder = testFolder();
  const cloud = await startTestCloud({ services: [ENGINE, AGENT, GATEWAY], logFolder, ...options });
  const file = join(logFolder, "api-gateway", "api-gateway", `${cloud.tasks("api-gateway")[0]?.id}.log`);
  const text = await until(
    () => (existsSync(file) ? readFileSync(file, "utf8") : ""),
    (content) => content.endsWith("\n"),
  );
  return { cloud, env: JSON.parse(text) };
}

const PREFIX = testVpc().split(".", 2).join(".");

test("a task gets its listen addresses, the drain times, the journal and the DNS server", async () => {
  const { cloud, env } = await environmentOf({ speed: 10 });
  const host = cloud.tasks("api-gateway")[0]?.host;
  expect(env).toMatchObject({
    HTTP_HOST: host,
    HTTP_PORT: "8000",
    HEALTH_HOST: host,
    HEALTH_PORT: "8080",
    LAME_DUCK_MS: "1300",
    LAME_DUCK_QUIET_MS: "500",
    STOP_TIMEOUT_MS: "16500",
    ENVIRONMENT: "local",
    AUTH_MODE: "none",
    DNS_SERVER: `${PREFIX}.0.2:8053`,
    ZONE_CIDRS: `${PREFIX}.10.0/24=local-1a,${PREFIX}.11.0/24=local-1b`,
  });
  expect(env["JOURNAL_URL"]).toMatch(/^tcp:\/\/127\./);
  expect(env["JOURNAL_URL"]).toBe(cloud.journalUrl);
  expect(env["REDIS_URL"]).toBeUndefined();
});

test("with a Redis tasks get REDIS_URL, and the cloud has no journal", async () => {
  const redisUrl = "redis://127.0.0.1:1";
  const { cloud, env } = await environmentOf({ redisUrl });
  expect(env["REDIS_URL"]).toBe(redisUrl);
  expect(env["JOURNAL_URL"]).toBeUndefined();
  expect(cloud.journalUrl).toBeUndefined();
});

test("an invalid redisUrl is refused before a task starts, without its password", async () => {
  await expect(startTestCloud({ redisUrl: "redis://:secret@127.0.0.1/one" })).rejects.toThrow(
    /^REDIS_URL=redis:\/\/\[redacted\]@127\.0\.0\.1\/one: expected a URL such as/,
  );
});

test("the metadata endpoint gives the zone of a task", async () => {
  const cloud = await startTestCloud({ services: [AGENT] });
  for (const task of cloud.tasks()) {
    const uri = `http://${PREFIX}.0.3:51679/v4/${task.id}`;
    const response = await fetch(`${uri}/task`);
    expect(await response.json()).toMatchObject({
      AvailabilityZone: task.zone,
      Family: "agent-team-local-workflow-agent",
    });
  }
  expect((await fetch(`http://${PREFIX}.0.3:51679/v4/00/task`)).status).toBe(404);
  const foreign = await fetch(`http://${PREFIX}.0.3:51679/v4/00/task`, { headers: { origin: "https://evil.example" } });
  expect(foreign.status).toBe(403);
});

const ENVIRONMENTS: readonly [Discovery, Record<string, string>][] = [
  ["direct", { DISCOVERY: "dns,lb", DNS_NAME: "workflow-agent.agent-team-local.local", LB_ENDPOINT: lb() }],
  [
    "recommended",
    {
      DISCOVERY: "cloudmap,dns,lb",
      CLOUD_MAP: "agent-team-local.local/workflow-agent",
      DNS_NAME: "workflow-agent.agent-team-local.local",
      LB_ENDPOINT: lb(),
    },
  ],
  [
    "terraform",
    {
      DISCOVERY: "lb,cloudmap,dns",
      LB_ENDPOINT: lb(),
      CLOUD_MAP: "agent-team-local.local/workflow-agent",
      DNS_NAME: "workflow-agent.agent-team-local.local",
    },
  ],
  ["env", { DISCOVERY: "env", HOST: `${PREFIX}.10.11:50051,${PREFIX}.11.10:50051` }],
  ["lb", { DISCOVERY: "lb", LB_ENDPOINT: lb() }],
  ["dns", { DISCOVERY: "dns", DNS_NAME: "workflow-agent.agent-team-local.local" }],
  ["cloudmap", { DISCOVERY: "cloudmap", CLOUD_MAP: "agent-team-local.local/workflow-agent" }],
  [
    { order: ["cloudmap", "dns", "lb"] },
    {
      DISCOVERY: "cloudmap,dns,lb",
      CLOUD_MAP: "agent-team-local.local/workflow-agent",
      DNS_NAME: "workflow-agent.agent-team-local.local",
      LB_ENDPOINT: lb(),
    },
  ],
  [
    { order: ["env", "dns"], override: { env: `${PREFIX}.99.9:50051` } },
    { DISCOVERY: "env,dns", HOST: `${PREFIX}.99.9:50051`, DNS_NAME: "workflow-agent.agent-team-local.local" },
  ],
];

function lb(): string {
  return "agent-team-local-grpc-nlb.elb.local:50051";
}

test.each(ENVIRONMENTS)(
  "with discovery %j a task gets the variables of the plan alone",
  async (discovery, expected) => {
    const { cloud, env } = await environmentOf({ discovery });
    const found = Object.entries(env).filter(([name]) => name.startsWith("WORKFLOW_SERVICE_"));
    expect(Object.fromEntries(found.map(([name, value]) => [name.slice("WORKFLOW_SERVICE_".length), value]))).toEqual(
      expected,
    );
    // A client outside the cloud gets the same.
    for (const [name, value] of found) expect(cloud.clientEnvironment()[name]).toBe(value);
  },
);

test("tasks get the SDK variables of the local API with the cloudmap strategy, and not without it", async () => {
  const { cloud, env } = await environmentOf({ discovery: "cloudmap" });
  const aws = {
    AWS_ENDPOINT_URL: cloud.apiUrl,
    AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_REGION: "local-1",
  };
  expect(env).toMatchObject(aws);
  expect(cloud.clientEnvironment()).toMatchObject(aws);
  const { env: others } = await environmentOf({ discovery: "dns", vpc: "127.36.0.0/16" });
  expect(Object.keys(others).filter((name) => name.startsWith("AWS_"))).toEqual(["AWS_REGION"]);
});

test("a task does not inherit the variables of the machine", async () => {
  process.env["DEBUG"] = "some:tool*";
  const { env } = await environmentOf({}).finally(() => delete process.env["DEBUG"]);
  expect(env["DEBUG"]).toBeUndefined();
  expect(env["VITEST"]).toBeUndefined();
});

test("a strategy without a value for a service gets no variable", async () => {
  // The engine has no load balancer in this cloud.
  const { env } = await environmentOf({ discovery: "lb" });
  expect(Object.keys(env).filter((name) => name.startsWith("WORKFLOW_ENGINE_"))).toEqual([]);
});

test("with TLS servers get certificate, key and the clients' CA, and clients the same for each service; others get none", async () => {
  const { cloud, env } = await environmentOf({ tls: true });
  const file = (name: string): string => readFileSync(env[name] ?? "", "utf8");
  expect(env).toMatchObject({ WORKFLOW_SERVICE_TLS_SERVER_NAME: "workflow-agent.agent-team-local.local" });
  expect(file("WORKFLOW_ENGINE_TLS_CA_FILE")).toBe(file("WORKFLOW_SERVICE_TLS_CA_FILE"));
  // The gateway is no gRPC server.
  expect(env["TLS_CERT_FILE"]).toBeUndefined();
  const own = new X509Certificate(file("WORKFLOW_SERVICE_TLS_CERT_FILE"));
  expect([own.subject, own.checkIssued(new X509Certificate(file("WORKFLOW_SERVICE_TLS_CA_FILE")))]).toEqual([
    "CN=api-gateway",
    true,
  ]);
  const operator = cloud.clientEnvironment()["WORKFLOW_SERVICE_TLS_CERT_FILE"] ?? "";
  expect(new X509Certificate(readFileSync(operator)).subject).toBe("CN=operator");

  await cloud.renewCertificates();
  const renewed = new X509Certificate(file("WORKFLOW_SERVICE_TLS_CERT_FILE"));
  expect(renewed.subject).toBe(own.subject);
  expect(renewed.serialNumber).not.toBe(own.serialNumber);
  await cloud.close();
  expect(existsSync(operator)).toBe(false);
});

test("without TLS no variable is about certificates", async () => {
  const { env } = await environmentOf({});
  expect(Object.keys(env).filter((name) => name.includes("TLS"))).toEqual([]);
});
