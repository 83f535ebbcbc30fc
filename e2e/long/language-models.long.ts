/**
 * The whole system with a language model, which is a server of the test: the engine's own catalogue and check, the answers over
 * HTTP, and what the logs of all services say. The agent alone is tested in services/workflow-agent/test/process.test.ts.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentTeamServices } from "@agent-team/local-cloud";
import { type ModelAnswer, ModelServer } from "@agent-team/test-support/model-server";
import { expect, onTestFinished, test } from "vitest";
import { cloudOfTest } from "../test/support/cloud.ts";
import { converse, type ServerEvent, specOf, textOf } from "../test/support/conversation.ts";
import { runToItsEnd, storeWorkflow } from "../test/support/runs.ts";

const VPC = "127.46.0.0/16";
const KEYS = { OPENAI_API_KEY: "sk-openai-Zx81", ANTHROPIC_API_KEY: "sk-anthropic-Qw52" };

/** In a message and in an answer. No log line may have it. */
const WORD = "wombat";

function answer(url: string): ModelAnswer {
  const trigger = {
    kind: "TRIGGER/CRON",
    id: "start",
    name: WORD,
    configuration: { expression: "0 9 * * *", timezone: null },
  };
  const configuration = {
    method: "POST",
    url,
    headers: [{ name: "x-team", value: "7" }],
    body: '{"a": 1}',
    forward_headers: null,
  };
  const fetch = { kind: "ACTION/HTTP_REQUEST", id: "send", name: "Send", configuration };
  const connections = [{ from_node: "start", to_node: "send", output_key: "result" }];
  const workflow = { name: "Daily", description: "", nodes: [trigger, fetch], connections };
  return { kind: "text", text: JSON.stringify({ reply: `A ${WORD} at nine.`, questions: [], workflow }) };
}

function usageOf(events: readonly ServerEvent[]): unknown {
  return (events.at(-1)?.data["turn_completed"] as { readonly usage?: unknown } | undefined)?.usage;
}

test("a model drafts, the engine corrects it, and wrong keys leave the embedded planner, with no secret in a log", {
  timeout: 60_000,
}, async () => {
  await using openai = await ModelServer.start();
  await using anthropic = await ModelServer.start();
  const logFolder = mkdtempSync(join(tmpdir(), "agent-team-e2e-"));
  onTestFinished(() => rmSync(logFolder, { recursive: true, force: true }));
  const environment = {
    ...KEYS,
    OPENAI_BASE_URL: `${openai.url}/v1`,
    OPENAI_API: "responses",
    ANTHROPIC_BASE_URL: anthropic.url,
    // The SDKs' own logs repeat what they receive.
    ...{ OPENAI_LOG: "debug", ANTHROPIC_LOG: "debug", LOG_LEVEL: "debug" },
  };
  await using cloud = await cloudOfTest(VPC, { services: agentTeamServices({ agents: 1, environment }), logFolder });

  openai.answers = [answer("https://me:pw@example.com/hook"), answer("https://example.com/hook")];
  const drafted = await converse(cloud.url, "c1", `every day at 9am post my ${WORD} to https://example.com/hook`);
  expect(textOf(drafted)).toMatch(/^A wombat at nine\./);
  const nodes = specOf(drafted)?.["nodes"] as readonly { readonly configuration: unknown }[];
  expect(nodes[1]?.configuration).toEqual({
    method: "POST",
    url: "https://example.com/hook",
    headers: { "x-team": "7" },
    body: { a: 1 },
  });
  expect(JSON.stringify(openai.requests[1]?.body)).toContain("/nodes/1/configuration/url BAD_URL");
  expect(usageOf(drafted)).toEqual({ input_tokens: 200, output_tokens: 40, model_calls: 2 });

  openai.answers = [
    { kind: "status", status: 401, type: "invalid_api_key", message: `wrong key ${KEYS.OPENAI_API_KEY}` },
  ];
  anthropic.answers = [{ kind: "garbage" }, { kind: "garbage" }, answer("https://example.com/hook")];
  expect(textOf(await converse(cloud.url, "c2", `post my ${WORD} daily`))).toMatch(/^A wombat/);
  anthropic.answers = [{ kind: "status", status: 403, type: "permission_error", message: WORD }];
  const request = `every day at 9am fetch https://example.com/${WORD}`;
  expect(textOf(await converse(cloud.url, "c3", request))).toContain("does not accept this system's key");
  expect(specOf(await converse(cloud.url, "c4", request))?.["nodes"]).toHaveLength(2);

  // A GENERATE node of a run asks them as well.
  anthropic.answers = [{ kind: "text", text: `Ein ${WORD}.` }];
  const steps = [
    { id: "start", type: "TRIGGER", subtype: "MANUAL" },
    { id: "say", type: "AI_AGENT", subtype: "GENERATE", configuration: { prompt: `Translate ${WORD} to German` } },
  ];
  const spec = { name: "say", nodes: steps, connections: [{ from_node: "start", to_node: "say" }] };
  expect(await runToItsEnd(cloud.url, await storeWorkflow(cloud.url, spec))).toMatchObject({
    state: expect.stringMatching(/SUCCEEDED$/),
    output: { text: `Ein ${WORD}.`, model: expect.stringMatching(/^anthropic\//), usage: { model_calls: 1 } },
  });
  await cloud.close();

  const logs = readdirSync(logFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), "utf8"))
    .join("\n");
  const faults = [...logs.matchAll(/"fault":"([a-z-]+)"/g)].map(([, fault]) => fault);
  // Of the agent, and of the engine.
  expect(faults.toSorted((a = "", b = "") => a.localeCompare(b))).toEqual([
    "garbage",
    "garbage",
    "key-refused",
    "key-refused",
    "key-refused",
  ]);
  for (const secret of [WORD, ...Object.values(KEYS)]) expect(logs).not.toContain(secret);
});
