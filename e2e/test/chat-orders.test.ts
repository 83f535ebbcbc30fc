/**
 * A workflow from its first sentence to the result of its run, in the chat alone: drafted, saved and run by what a person says. Over
 * the gateway's own API, over the OpenAI-compatible one, and on behalf of a caller with a key.
 */

import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { agentTeamServices } from "@agent-team/local-cloud";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CalledServer, startCalledServer } from "./support/called-server.ts";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { converse, postJson, textOf } from "./support/conversation.ts";
import { runReaches } from "./support/runs.ts";

const VPC = "127.47.0.0/16";

const KEYS = {
  ada: "atk_ada-0000000000000000000000000000000000000000",
  eve: "atk_eve-0000000000000000000000000000000000000000",
};
const API_KEYS = Object.entries(KEYS)
  .map(([subject, key]) => `${subject}:${createHash("sha256").update(key).digest("hex")}`)
  .join(",");
const ADA = { "x-api-key": KEYS.ada };
const EVE = { "x-api-key": KEYS.eve };

const calls: string[] = [];
let server: CalledServer;
let cloud: TestCloud;

beforeAll(async () => {
  server = await startCalledServer((request, response) => {
    void text(request).then((body) => {
      calls.push(`${request.method} ${request.url} ${body}`.trim());
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ total: 1200 }));
    });
  });
  const environment = {
    HTTP_ALLOW_HOSTS: server.authority,
    AUTH_MODE: "api_key",
    API_KEYS,
    IDENTITY_SECRET: "i".repeat(32),
  };
  cloud = await startTestCloud(VPC, { services: agentTeamServices({ agents: 2, environment }) });
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.close();
});

beforeEach(() => void calls.splice(0));

const request = (): string => `fetch ${server.origin}/orders, then post it to ${server.origin}/audit`;

async function read(path: string, credential: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${cloud.url}${path}`, { headers: credential });
}

/** The id behind a word of an answer, for instance "Run ID". */
function idIn(answer: string, before: RegExp): string {
  return before.exec(answer)?.[1] ?? expect.fail(answer);
}

test("request, draft, save it, run it, and the result is read back", { timeout: 60_000 }, async () => {
  const say = async (message: string, requestId?: string): Promise<string> => {
    const key = requestId === undefined ? {} : { "idempotency-key": requestId };
    return textOf(await converse(cloud.url, "orders", message, { ...ADA, ...key }));
  };
  expect(await say("save it")).toBe("There is no draft yet. What would you like to automate?");
  expect(await say(request())).toContain('say "save it" or "run it"');

  const saved = await say("yes, save it");
  const workflowId = idIn(saved, /^Saved as workflow "[^"]+" \((\w+)\)/);
  const workflow = await read(`/v1/workflows/${workflowId}`, ADA);
  expect(await workflow.json()).toMatchObject({ version: 1, spec: { nodes: [{}, {}, {}] } });
  expect((await read(`/v1/workflows/${workflowId}`, EVE)).status).toBe(404);

  const ran = await say("run it", "once");
  const runId = idIn(ran, /^Run (\w+) of workflow /);
  await runReachesAs(runId);
  expect(calls).toEqual(["GET /orders", expect.stringMatching(/^POST \/audit .*1200/)]);

  // A repeat of the request is the same turn and the same run.
  expect(await say("run it", "once")).toBe(ran);
  const runs = (await (await read(`/v1/runs?workflow_id=${workflowId}`, ADA)).json()) as { readonly runs: unknown[] };
  expect(runs.runs).toHaveLength(1);
  expect(await say("start again")).toContain(`Workflow ${workflowId} stays stored.`);
  expect(await say("run it")).toContain("There is no draft yet");
});

test("the same over /v1/chat/completions", { timeout: 60_000 }, async () => {
  const messages: { role: string; content: string }[] = [];
  const say = async (content: string): Promise<string> => {
    messages.push({ role: "user", content });
    const { status, body } = await postJson(`${cloud.url}/v1/chat/completions`, { model: "agent-team", messages }, ADA);
    expect(status, JSON.stringify(body)).toBe(200);
    const [choice] = body["choices"] as readonly [{ readonly message: { readonly content: string } }];
    messages.push({ role: "assistant", content: choice.message.content });
    return choice.message.content;
  };
  expect(await say(request())).toContain('say "save it" or "run it"');
  expect(await say("should I save it?")).toContain('Say "save it".');
  const workflowId = idIn(await say("yes"), /^Saved as workflow "[^"]+" \((\w+)\)/);
  const answer = await say("run it now");
  expect(answer).toContain(`(${workflowId})`);
  await runReachesAs(idIn(answer, /^Run (\w+) of workflow /));
  expect(calls.map((call) => call.replace(/ \{.*/, ""))).toEqual(["GET /orders", "POST /audit"]);
});

async function runReachesAs(runId: string): Promise<void> {
  await runReaches(cloud.url, runId, /SUCCEEDED$/, ADA);
}
