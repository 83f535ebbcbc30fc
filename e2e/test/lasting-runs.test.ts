/** Runs last longer than the engines that drive them, as a user sees them over HTTP. Two engines share the store of the local cloud. */

import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CalledServer, startCalledServer } from "./support/called-server.ts";
import { startTestCloud, type TestCloud, withTwoEngines } from "./support/cloud.ts";
import { postJson } from "./support/conversation.ts";
import { type Json, runReaches, startRun, storeWorkflow } from "./support/runs.ts";

/** What the workflows have requested, as "POST /path". */
const calls: string[] = [];
/** Requests to /hang: they get no answer. */
const hanging: ServerResponse[] = [];
/** Requests to /slow, while a test holds them. */
let held: ServerResponse[] | undefined;
let server: CalledServer;
let cloud: TestCloud;

beforeAll(async () => {
  server = await startCalledServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    request.resume();
    if (request.url === "/hang") hanging.push(response);
    else if (request.url === "/slow" && held !== undefined) held.push(response);
    else answer(response);
  });
  const environment = { HTTP_ALLOW_HOSTS: server.authority, RUN_LEASE_MS: "600" };
  cloud = await startTestCloud("127.46.0.0/16", withTwoEngines(environment));
}, 60_000);

function answer(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
}

afterAll(async () => {
  await cloud?.close();
  server.close();
});

beforeEach(() => {
  calls.splice(0);
  hanging.splice(0);
  held = undefined;
});

const trigger = { id: "start", type: "TRIGGER", subtype: "MANUAL" };

const ask = {
  id: "ask",
  type: "HUMAN_IN_THE_LOOP",
  subtype: "APPROVAL",
  configuration: { prompt: "Pay?" },
};

function posting(id: string, path: string): Json {
  const configuration = { method: "POST", url: server.origin + path };
  return { id, type: "ACTION", subtype: "HTTP_REQUEST", configuration };
}

/** A workflow of nodes one after the other; the run leaves an approval by "approved". */
function store(nodes: readonly Json[]): Promise<string> {
  const connections = nodes.slice(1).map(({ id }, at) => {
    const { id: from, subtype } = nodes[at] ?? {};
    return { from_node: from, to_node: id, output_key: OUTPUT_KEYS[String(subtype)] };
  });
  return storeWorkflow(cloud.url, { name: "test", nodes, connections });
}

/** The output by which the chain goes on, where it is not the default. */
const OUTPUT_KEYS: Readonly<Record<string, string>> = { APPROVAL: "approved", FOR_EACH: "item" };

function start(workflowId: string): Promise<string> {
  return startRun(cloud.url, workflowId);
}

function reached(runId: string, state: string): Promise<Json> {
  return runReaches(cloud.url, runId, new RegExp(`${state}$`));
}

async function activate(workflowId: string): Promise<Json> {
  const response = await fetch(`${cloud.url}/v1/workflows/${workflowId}/active`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: '{"active":true}',
  });
  const body = (await response.json()) as Json;
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body;
}

function approve(runId: string, comment = "yes"): Promise<Response> {
  return fetch(`${cloud.url}/v1/runs/${runId}/signals/ask`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ approved: true, comment }),
  });
}

async function runsOf(workflowId: string): Promise<readonly Json[]> {
  const response = await fetch(`${cloud.url}/v1/runs?workflow_id=${workflowId}`);
  return response.ok ? ((await response.json()) as { runs: readonly Json[] }).runs : [];
}

async function killEngines(): Promise<void> {
  await Promise.all(cloud.tasks("workflow-engine").map(({ id }) => cloud.killTask(id)));
}

test("a loop, and the DELAY in it, outlive every engine", async () => {
  const items = { items: "{% [1, 2] %}", max_concurrency: 2 };
  const each = { id: "each", type: "FLOW", subtype: "FOR_EACH", configuration: items };
  const wait = { id: "wait", type: "FLOW", subtype: "DELAY", configuration: { duration_seconds: 2 } };
  const workflowId = await store([trigger, posting("before", "/before"), each, wait, posting("after", "/after")]);
  const startedMs = performance.now();
  const runId = await start(workflowId);
  await reached(runId, "WAITING");
  await killEngines();

  await reached(runId, "SUCCEEDED");

  expect(calls).toEqual(["POST /before", "POST /after", "POST /after"]);
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(2000);
});

test("a run is canceled while its request is open, through whichever engine answers", async () => {
  const runId = await start(await store([trigger, posting("slow", "/hang"), posting("after", "/after")]));
  await expect.poll(() => hanging.length).toBe(1);
  const closed = once(hanging[0] as ServerResponse, "close");

  const canceled = await postJson(`${cloud.url}/v1/runs/${runId}/cancel`, { reason: "no longer needed" });
  expect(canceled.status).toBe(200);
  await closed;

  expect(await reached(runId, "CANCELED")).toMatchObject({ error: { code: "CANCELED", message: "no longer needed" } });
  expect(calls).toEqual(["POST /hang"]);
});

test("a person approves a run after all its engines died; of two decisions at once the second is told about the first", async () => {
  const runId = await start(await store([trigger, ask, posting("pay", "/pay")]));
  const waiting = await reached(runId, "WAITING");
  expect(waiting).toMatchObject({ pending_approvals: [{ node_id: "ask", prompt: "Pay?" }] });
  await killEngines();
  await cloud.steady("workflow-engine");

  const answers = await Promise.all([approve(runId, "one"), approve(runId, "two")]);
  const run = await reached(runId, "SUCCEEDED");

  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["204", "409"]);
  const refusal = await answers.find(({ status }) => status === 409)?.json();
  expect(refusal).toMatchObject({ reason: "ALREADY_DECIDED", detail: expect.stringMatching(/approved by local at /) });
  const winner = answers[0]?.status === 204 ? "one" : "two";
  expect(run).toMatchObject({
    node_executions: [{}, { node_id: "ask", decision: { approved: true, comment: winner } }, {}],
  });
  expect(calls).toEqual(["POST /pay"]);
});

test("a deployment of the engines ends every run that works or waits, and sends each of its requests once", async () => {
  const wait = { id: "wait", type: "FLOW", subtype: "DELAY", configuration: { duration_seconds: 2 } };
  const workflowId = await store([trigger, posting("slow", "/slow"), wait, posting("after", "/after")]);
  const waiting = await start(workflowId);
  await reached(waiting, "WAITING");
  const open: ServerResponse[] = [];
  held = open;
  const working = await Promise.all(Array.from({ length: 8 }, () => start(workflowId)));
  await expect.poll(() => open.length).toBe(8);
  const before = cloud.tasks("workflow-engine").map(({ id }) => id);
  await cloud.roll("workflow-engine");
  held = undefined;
  for (const response of open) answer(response);

  for (const runId of [waiting, ...working]) await reached(runId, "SUCCEEDED");
  const left = cloud.tasks("workflow-engine").filter(({ id, state }) => before.includes(id) && state === "running");
  expect(left).toEqual([]);
  expect(calls.toSorted()).toEqual([...Array(9).fill("POST /after"), ...Array(9).fill("POST /slow")]);
});

test("a sender calls a webhook and gets the run; a repeat gets the same one, and a wrong token nothing", async () => {
  const hook = { id: "start", type: "TRIGGER", subtype: "WEBHOOK" };
  const body = { method: "POST", url: `${server.origin}/in`, body: "{% input.order %}" };
  const forward = { id: "forward", type: "ACTION", subtype: "HTTP_REQUEST", configuration: body };
  const { trigger: status } = (await activate(await store([hook, forward]))) as { trigger: { hook_path: string } };
  const send = (path: string, delivery: string): ReturnType<typeof postJson> =>
    postJson(cloud.url + path, { order: 7 }, { "x-github-delivery": delivery });

  const [first, repeat] = [await send(status.hook_path, "d1"), await send(status.hook_path, "d1")];
  expect([first.status, repeat.body["run_id"]]).toEqual([202, first.body["run_id"]]);
  await reached(String(first.body["run_id"]), "SUCCEEDED");
  expect(calls).toEqual(["POST /in"]);

  const wrong = await send(`${status.hook_path.slice(0, -4)}xxxx`, "d2");
  const unknown = await send(`/v1/hooks/${"a".repeat(26)}/xxxx`, "d2");
  expect([wrong.status, unknown.status]).toEqual([404, 404]);
  expect(calls).toEqual(["POST /in"]);
});

test("a schedule goes on firing after every engine died", async () => {
  const every = { expression: "* * * * * *", timezone: "Europe/Berlin" };
  const schedule = { id: "start", type: "TRIGGER", subtype: "CRON", configuration: every };
  const workflowId = await store([schedule, posting("tick", "/tick")]);
  const workflow = await activate(workflowId);
  expect(workflow).toMatchObject({ active: true, trigger: { next_fire_time: expect.any(String) } });
  await expect.poll(() => calls.length).toBeGreaterThan(0);

  await killEngines();
  const before = (await runsOf(workflowId)).length;
  await expect.poll(async () => (await runsOf(workflowId)).length).toBeGreaterThan(before + 1);
  const stopped = await fetch(`${cloud.url}/v1/workflows/${workflowId}`, { method: "DELETE" });
  expect(stopped.status).toBe(204);
  for (const { id } of await runsOf(workflowId)) await reached(String(id), "SUCCEEDED");
});

test("a run is followed over HTTP while its engines die, without a gap and without a repeat", async () => {
  const runId = await start(await store([trigger, ask, posting("pay", "/pay")]));
  await reached(runId, "WAITING");
  const blocks: string[] = [];
  const followed = follow(runId, blocks);
  await expect.poll(() => blocks.length).toBeGreaterThan(0);
  await killEngines();
  await cloud.steady("workflow-engine");
  expect((await approve(runId)).status).toBe(204);
  // The channel continues the stream itself if another engine was ready in time. Otherwise the gateway resets the connection.
  if ((await followed) === "reset") expect(await follow(runId, blocks)).toBe("ended");

  const ids = blocks.map((block) => Number(/^id: (\d+)-/m.exec(block)?.[1]));
  expect(ids).toEqual(ids.map((_, at) => at + 1));
  expect(blocks.at(-1)).toContain("SUCCEEDED");
  expect(calls).toEqual(["POST /pay"]);
});

/** Reads the events of a run after the last of `blocks`, as an EventSource does, and appends them as text. */
async function follow(runId: string, blocks: string[]): Promise<"ended" | "reset"> {
  const lastId = /^id: (.*)$/m.exec(blocks.at(-1) ?? "")?.[1];
  const headers = lastId === undefined ? {} : { "last-event-id": lastId };
  const response = await fetch(`${cloud.url}/v1/runs/${runId}/events`, { headers });
  expect(response.status).toBe(200);
  let open = "";
  try {
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      const parts = (open + chunk).split("\n\n");
      open = parts.pop() ?? "";
      blocks.push(...parts.filter((part) => part.includes("\ndata: ")));
    }
    return "ended";
  } catch {
    return "reset";
  }
}
