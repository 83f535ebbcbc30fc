/**
 * A signed webhook, from its sender to the call that its run makes with a secret: the signature is checked over the bytes that the
 * gateway got, Slack's challenge is answered, and no secret is in a log or in what the owner reads.
 */

import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentTeamServices } from "@agent-team/local-cloud";
import { expect, onTestFinished, test } from "vitest";
import { startCalledServer } from "./support/called-server.ts";
import { cloudOfTest, type TestCloud } from "./support/cloud.ts";
import { runReaches, storeWorkflow } from "./support/runs.ts";

const VPC = "127.49.0.0/16";
const HOOK = "hook-secret-Zx81";
const TOKEN = "token-secret-Qw52";

const hex = (text: string): string => createHmac("sha256", HOOK).update(text).digest("hex");

const webhookOf = (scheme: string): object => ({
  id: "start",
  type: "TRIGGER",
  subtype: "WEBHOOK",
  configuration: { signature: scheme, signature_secret: "{{secret:HOOK}}" },
});

/** Stores and activates a workflow, and returns the URL of its webhook. */
async function activate(cloud: TestCloud, spec: object): Promise<string> {
  const id = await storeWorkflow(cloud.url, spec);
  const headers = { "content-type": "application/json" };
  const active = await fetch(`${cloud.url}/v1/workflows/${id}/active`, {
    method: "PUT",
    headers,
    body: '{"active":true}',
  });
  const workflow = (await active.json()) as { readonly trigger: { readonly hook_path: string } };
  return cloud.url + workflow.trigger.hook_path;
}

test("a signed delivery starts a run that calls with a secret; an unsigned one starts none", {
  timeout: 60_000,
}, async () => {
  const calls: IncomingHttpHeaders[] = [];
  const server = await startCalledServer((request, response) => {
    calls.push(request.headers);
    response.writeHead(200, { "content-type": "text/plain" }).end(`hello ${request.headers.authorization}`);
  });
  onTestFinished(() => server.close());
  const logFolder = mkdtempSync(join(tmpdir(), "agent-team-e2e-"));
  onTestFinished(() => rmSync(logFolder, { recursive: true, force: true }));
  const secrets = {
    HOOK: { value: HOOK, owners: ["*"] },
    TOKEN: { value: TOKEN, hosts: [server.authority], owners: ["local"] },
  };
  const environment = {
    HTTP_ALLOW_HOSTS: server.authority,
    WORKFLOW_SECRETS: JSON.stringify(secrets),
    LOG_LEVEL: "debug",
  };
  await using cloud = await cloudOfTest(VPC, { services: agentTeamServices({ agents: 0, environment }), logFolder });

  const call = {
    id: "call",
    type: "ACTION",
    subtype: "HTTP_REQUEST",
    configuration: { method: "GET", url: server.origin, headers: { authorization: "Bearer {{secret:TOKEN}}" } },
  };
  const connections = [{ from_node: "start", to_node: "call" }];
  const url = await activate(cloud, { name: "hook", nodes: [webhookOf("github"), call], connections });
  const deliver = (body: string, signature: string): Promise<Response> =>
    fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-hub-signature-256": signature },
      body,
    });
  // The signature is over these spaces, too.
  const delivered = await deliver('{"a": 1 }', `sha256=${hex('{"a": 1 }')}`);
  expect(delivered.status).toBe(202);
  const { run_id: runId } = (await delivered.json()) as { readonly run_id: string };
  const run = await runReaches(cloud.url, runId, /SUCCEEDED$/);
  expect(run).toMatchObject({ output: { body: "hello Bearer {{secret:TOKEN}}" } });
  expect(calls.map(({ authorization }) => authorization)).toEqual([`Bearer ${TOKEN}`]);

  const refused = await deliver('{"a":1}', `sha256=${hex('{"a": 1 }')}`);
  expect([refused.status, await refused.json()]).toMatchObject([403, { reason: "SIGNATURE_MISMATCH" }]);
  const runs = (await (await fetch(`${cloud.url}/v1/runs`)).json()) as { readonly runs: unknown[] };
  expect(runs.runs).toHaveLength(1);

  const slack = await activate(cloud, { name: "slack", nodes: [webhookOf("slack")], connections: [] });
  const body = '{"type":"url_verification","challenge":"c123"}';
  const now = String(Math.floor(performance.timeOrigin / 1_000 + performance.now() / 1_000));
  const challenged = await fetch(slack, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-slack-request-timestamp": now,
      "x-slack-signature": `v0=${hex(`v0:${now}:${body}`)}`,
    },
    body,
  });
  expect([challenged.status, await challenged.text()]).toEqual([200, "c123"]);

  await cloud.close();
  const logs = readdirSync(logFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"))
    .join("\n");
  for (const secret of [HOOK, TOKEN, JSON.stringify(run)]) expect(logs).not.toContain(secret);
  for (const secret of [HOOK, TOKEN]) expect(JSON.stringify(run)).not.toContain(secret);
});
