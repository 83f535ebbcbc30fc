/**
 * Requests in plain English that are drafted, stored, started by their triggers, and run to their last request, although every engine
 * dies while they wait. Two engines share the store of the local cloud.
 */

import { createHmac } from "node:crypto";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CalledServer, startCalledServer } from "./support/called-server.ts";
import { startTestCloud, type TestCloud, withTwoEngines } from "./support/cloud.ts";
import { converse, postJson, specOf } from "./support/conversation.ts";
import { type Json, runReaches, startRun, storeWorkflow } from "./support/runs.ts";

const VPC = "127.62.0.0/16";
const ORDERS = [
  { id: 1, total: 1200 },
  { id: 2, total: 7 },
];

/** What the workflows have requested, as "POST /path BODY". */
const calls: string[] = [];
/** The credentials of these requests. */
const credentials: (string | undefined)[] = [];
const HOOK_SECRET = "hook-secret-Zx81";
let server: CalledServer;
let cloud: TestCloud;

beforeAll(async () => {
  server = await startCalledServer((request, response) => {
    void text(request).then((body) => {
      calls.push([request.method, request.url, body].filter(Boolean).join(" "));
      credentials.push(request.headers.authorization);
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(ORDERS));
    });
  });
  const secrets = {
    ORDERS_HOOK: { value: HOOK_SECRET, owners: ["*"] },
    ORDERS_API: { value: "token-Qw52", hosts: [server.authority], owners: ["*"] },
  };
  const environment = {
    HTTP_ALLOW_HOSTS: server.authority,
    RUN_LEASE_MS: "600",
    WORKFLOW_SECRETS: JSON.stringify(secrets),
  };
  cloud = await startTestCloud(VPC, withTwoEngines(environment));
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.close();
});

beforeEach(() => {
  calls.splice(0);
  credentials.splice(0);
});

interface Node {
  readonly id: string;
  readonly subtype: string;
  readonly configuration: Json;
}

/** The draft of a request. */
async function drafted(conversation: string, request: string): Promise<{ readonly nodes: readonly Node[] } & Json> {
  const spec = specOf(await converse(cloud.url, conversation, request));
  expect(spec, request).toBeDefined();
  return spec as unknown as { readonly nodes: readonly Node[] } & Json;
}

async function activate(workflowId: string, active: boolean): Promise<{ readonly hook_path?: string }> {
  const response = await fetch(`${cloud.url}/v1/workflows/${workflowId}/active`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ active }),
  });
  const body = (await response.json()) as Json;
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body["trigger"] as { readonly hook_path?: string };
}

function approve(runId: string, node: string): Promise<Response> {
  return fetch(`${cloud.url}/v1/runs/${runId}/signals/${node}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"approved":true}',
  });
}

async function killEngines(): Promise<void> {
  await Promise.all(cloud.tasks("workflow-engine").map(({ id }) => cloud.killTask(id)));
}

async function runsOf(workflowId: string): Promise<readonly Json[]> {
  const response = await fetch(`${cloud.url}/v1/runs?workflow_id=${workflowId}`);
  return response.ok ? ((await response.json()) as { runs: readonly Json[] }).runs : [];
}

test("a schedule fires, a person approves after both engines died, and the order is posted", {
  timeout: 60_000,
}, async () => {
  const spec = await drafted(
    "example",
    `every weekday at 9am Berlin time fetch ${server.origin}/orders, if any total is over 1000 ask me to approve, then post it to ${server.origin}/hook`,
  );
  expect(spec.nodes.map(({ subtype }) => subtype)).toEqual(["CRON", "HTTP_REQUEST", "IF", "APPROVAL", "HTTP_REQUEST"]);
  expect(spec.nodes[0]?.configuration).toEqual({ expression: "0 9 * * 1-5", timezone: "Europe/Berlin" });
  // The test cannot wait for nine o'clock: the schedule gets a field for seconds, and nothing else changes.
  const [trigger, ...rest] = spec.nodes;
  const everySecond = { ...trigger?.configuration, expression: "* * * * * *" };
  const soon = { ...spec, nodes: [{ ...trigger, configuration: everySecond }, ...rest] };

  const workflowId = await storeWorkflow(cloud.url, soon);
  await activate(workflowId, true);
  await expect.poll(async () => (await runsOf(workflowId)).length).toBeGreaterThan(0);
  await activate(workflowId, false);
  const runs = await runsOf(workflowId);
  for (const { id } of runs) await runReaches(cloud.url, String(id), /WAITING$/);
  await killEngines();
  await cloud.steady("workflow-engine");
  const runId = String(runs[0]?.["id"]);
  const node = rest.find(({ subtype }) => subtype === "APPROVAL")?.id;
  const approved = await approve(runId, String(node));

  expect(approved.status).toBe(204);
  await runReaches(cloud.url, runId, /SUCCEEDED$/);
  expect(calls.filter((call) => !call.startsWith("GET"))).toEqual([`POST /hook ${JSON.stringify(ORDERS)}`]);
});

test("a webhook's run waits, both engines die, and what was sent is posted", { timeout: 60_000 }, async () => {
  const request = `when a webhook arrives, wait 2 seconds, then post it to ${server.origin}/hook`;
  const workflowId = await storeWorkflow(cloud.url, await drafted("webhook", request));
  const { hook_path } = await activate(workflowId, true);

  const { status, body } = await postJson(`${cloud.url}${hook_path}`, { order: 7 });
  expect(status).toBe(202);
  await runReaches(cloud.url, String(body["run_id"]), /WAITING$/);
  await killEngines();

  await runReaches(cloud.url, String(body["run_id"]), /SUCCEEDED$/);
  expect(calls).toEqual(['POST /hook {"order":7}']);
});

test("a loop waits for each entry, both engines die, and each is posted once", { timeout: 60_000 }, async () => {
  const request = `get ${server.origin}/orders, for each order wait 2 seconds and post it to ${server.origin}/hook`;
  const spec = await drafted("loop", request);
  expect(spec.nodes.map(({ subtype }) => subtype)).toEqual([
    "MANUAL",
    "HTTP_REQUEST",
    "FOR_EACH",
    "DELAY",
    "HTTP_REQUEST",
  ]);
  const runId = await startRun(cloud.url, await storeWorkflow(cloud.url, spec));
  await runReaches(cloud.url, runId, /WAITING$/);
  await killEngines();

  await runReaches(cloud.url, runId, /SUCCEEDED$/);
  const posts = ORDERS.map((order) => `POST /hook ${JSON.stringify(order)}`);
  expect(calls.toSorted()).toEqual(["GET /orders", ...posts].toSorted());
});

test("a signed webhook, an approval that is announced and a secret are drafted, and the run uses each", {
  timeout: 60_000,
}, async () => {
  const request = `when a webhook with an HMAC signature from the secret orders-hook arrives, ask for approval via the webhook ${server.origin}/told, then post it to ${server.origin}/hook with the token from the secret orders-api`;
  const workflowId = await storeWorkflow(cloud.url, await drafted("signed", request));
  const { hook_path } = await activate(workflowId, true);
  const body = '{"order": 7}';
  const signature = createHmac("sha256", HOOK_SECRET).update(body).digest("hex");
  const deliver = (signed: string): Promise<Response> =>
    fetch(`${cloud.url}${hook_path}`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-signature-256": signed },
      body,
    });

  expect((await deliver(signature.replace(/.$/, "-"))).status).toBe(403);
  const { run_id } = (await (await deliver(signature)).json()) as { readonly run_id: string };
  await runReaches(cloud.url, run_id, /WAITING$/);
  expect(calls.map((call) => call.split(" ", 2).join(" "))).toEqual(["POST /told"]);
  expect(calls[0]).toContain('"type":"approval_requested"');
  expect((await approve(run_id, "ask_for_approval")).status).toBe(204);

  await runReaches(cloud.url, run_id, /SUCCEEDED$/);
  expect(calls.slice(1)).toEqual(['POST /hook {"order":7}']);
  expect(credentials).toEqual([undefined, "Bearer token-Qw52"]);
});
