/**
 * The whole system with production's settings: the gateway authenticates callers, agent and engine accept only the identity
 * that the gateway signs, and one caller's objects are 404 for another. Real processes, real keys, a key made by the command.
 */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { WorkflowAgentService, WorkflowEngineService } from "@agent-team/contracts";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { agentTeamServices, callerVariables } from "@agent-team/local-cloud";
import { Code, createClient } from "@connectrpc/connect";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { converse, ORDERS_REQUEST, postJson, specOf, textOf } from "./support/conversation.ts";
import { bearer, type Project, startProject } from "./support/project.ts";

const VPC = "127.24.0.0/16";
const MAIN = join(import.meta.dirname, "..", "..", "packages", "cli", "src", "main.ts");

let project: Project;
let cloud: TestCloud;
let key: string;

beforeAll(async () => {
  project = await startProject();
  const made = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    MAIN,
    "api-key",
    "ops",
    "--scope",
    "admin",
  ]);
  const [, madeKey = "", entry = ""] = /^key +(\S+)\nAPI_KEYS +(\S+)$/m.exec(made.stdout) ?? [];
  key = madeKey;
  const callers = callerVariables({ AUTH_MODE: "jwt,api_key", SUPABASE_URL: project.url, API_KEYS: entry });
  const services = agentTeamServices({ callers, environment: { ENVIRONMENT: "production" } });
  cloud = await startTestCloud(VPC, { services });
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  await project?.[Symbol.asyncDispose]();
});

async function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<[number, Record<string, unknown>]> {
  const response = await fetch(`${cloud.url}${path}`, { headers });
  return [response.status, (await response.json()) as Record<string, unknown>];
}

test("an authorised conversation is answered, checked by the engine, stored and run", async () => {
  const ada = bearer(project.token("ada"));
  const events = await converse(cloud.url, "c1", ORDERS_REQUEST, ada);

  expect(textOf(events)).toMatch(/\w+ \w+/);
  // The agent passed the identity on: without one the engine would have added this warning.
  expect(JSON.stringify(events)).not.toContain("NOT_VALIDATED");
  const stored = await postJson(`${cloud.url}/v1/workflows`, { spec: specOf(events) }, ada);
  expect([stored.status, stored.body["owner"]]).toEqual([201, "ada"]);
});

test("calls without a token, with an unknown key and with a forged token are refused; health needs no token", async () => {
  const other = await startProject();
  const forged = other.token("ada", { iss: `${project.url}/auth/v1` });
  await other[Symbol.asyncDispose]();

  expect(await get("/v1/node-types")).toMatchObject([401, { reason: "CREDENTIAL_MISSING" }]);
  expect(await get("/v1/node-types", bearer(forged))).toMatchObject([401, { code: "UNAUTHENTICATED" }]);
  expect(await get("/v1/node-types", { "x-api-key": `${key}x` })).toMatchObject([401, { reason: "API_KEY_UNKNOWN" }]);
  expect((await fetch(`${cloud.url}/health`)).status).toBe(200);
});

test("what one caller has is not there for another", async () => {
  const [ada, bob] = [bearer(project.token("ada")), bearer(project.token("bob"))];
  const spec = specOf(await converse(cloud.url, "private", ORDERS_REQUEST, ada));
  const stored = await postJson(`${cloud.url}/v1/workflows`, { spec }, ada);
  const id = String(stored.body["id"]);

  expect(await get(`/v1/workflows/${id}`, ada)).toMatchObject([200, { id }]);
  const unknown = await get(`/v1/workflows/${"a".repeat(26)}`, bob);
  const [status, body] = await get(`/v1/workflows/${id}`, bob);
  expect([status, { ...body, trace_id: unknown[1]["trace_id"] }]).toEqual(unknown);
  expect(status).toBe(404);
  expect((await get("/v1/conversations/private", bob))[0]).toBe(404);
  expect(await get("/v1/workflows", bob)).toMatchObject([200, { workflows: [] }]);
});

test("discovery is for operators: a key that was made with the scope admin, and no other caller", async () => {
  expect((await get("/v1/discovery", { "x-api-key": key }))[0]).toBe(200);
  expect((await get("/v1/discovery", bearer(key)))[0]).toBe(200);
  expect(await get("/v1/discovery", bearer(project.token("ada")))).toMatchObject([403, { reason: "SCOPE_MISSING" }]);
  const admin = project.token("eve", { app_metadata: { scopes: ["admin"] } });
  expect((await get("/v1/discovery", bearer(admin)))[0]).toBe(200);
});

test("agent and engine take no call that the gateway has not signed, from inside the network either", async () => {
  const addressOf = (service: string): string => {
    const task = cloud.tasks(service)[0] ?? expect.fail(`no ${service}`);
    return `ipv4:${task.host}:${task.port}`;
  };
  await using toAgent = createChannel(addressOf("workflow-agent"));
  await using toEngine = createChannel(addressOf("workflow-engine"));
  const agent = createClient(WorkflowAgentService, createConnectTransport(toAgent));
  const engine = createClient(WorkflowEngineService, createConnectTransport(toEngine));
  const headers = { "x-at-identity": project.token("ada") };

  for (const call of [
    () => agent.getConversation({ conversationId: "private" }),
    () => agent.getConversation({ conversationId: "private" }, { headers }),
    () => engine.listWorkflows({}),
    () => engine.listWorkflows({}, { headers }),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: Code.Unauthenticated });
  }
});
