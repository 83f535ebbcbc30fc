// Workflows, runs and the catalogue: the engine's messages as JSON.

import {
  type CancelRunRequest,
  type CreateWorkflowRequest,
  ErrorInfoSchema,
  type GetConversationRequest,
  type ListRunsRequest,
  NodeType,
  RerunFrom,
  type RerunRunRequest,
  RunState,
  type SignalRunRequest,
  type StartRunRequest,
  WatchRunResponseSchema,
} from "@agent-team/contracts";
import { create, toJson } from "@bufbuild/protobuf";
import { ValueSchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { emptyStream, readEvents } from "./sse-reader.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const SPEC = { name: "Orders", nodes: [{ id: "start", type: "TRIGGER", subtype: "MANUAL" }] };

const LONG_NAMES = { ...SPEC, nodes: [{ ...SPEC.nodes[0], type: "NODE_TYPE_TRIGGER" }] };

test.each([
  ["under spec", { spec: SPEC }],
  ["bare", SPEC],
  ["with the long names of enum values", LONG_NAMES],
])("a workflow given %s is created, and the response has its location and version", async (_how, body) => {
  const requests: CreateWorkflowRequest[] = [];
  await using gateway = await startTestGateway({
    engine: {
      createWorkflow(request) {
        requests.push(request);
        return { workflow: { id: "w1", version: 1, ...(request.spec === undefined ? {} : { spec: request.spec }) } };
      },
    },
  });
  const response = await post(gateway, "/v1/workflows", body);

  expect(response.status).toBe(201);
  expect(response.headers.get("location")).toBe("/v1/workflows/w1");
  expect(response.headers.get("etag")).toMatch(/^"1-[\w-]{16}"$/);
  expect(await response.json()).toMatchObject({ id: "w1", version: 1, active: false, spec: SPEC });
  expect(requests).toMatchObject([
    { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), spec: { nodes: [{ type: NodeType.TRIGGER }] } },
  ]);
});

test("a conversation's draft becomes a workflow", async () => {
  const reads: GetConversationRequest[] = [];
  const creates: CreateWorkflowRequest[] = [];
  await using gateway = await startTestGateway({
    agent: {
      getConversation(request) {
        reads.push(request);
        return request.conversationId === "c1" ? { draft: { name: "Drafted" } } : {};
      },
    },
    engine: {
      createWorkflow(request) {
        creates.push(request);
        return { workflow: { id: "w2", version: 1 } };
      },
    },
  });
  const created = await post(gateway, "/v1/workflows", { conversation_id: "c1", request_id: "r1" });
  expect(created.status).toBe(201);
  expect(creates).toMatchObject([{ spec: { name: "Drafted" }, requestId: "r1" }]);

  const without = await post(gateway, "/v1/workflows", { conversation_id: "c2" });
  expect(await without.json()).toMatchObject({
    status: 409,
    reason: "NO_DRAFT",
    detail: expect.stringMatching(/c2 has no draft/),
  });
  expect(reads.map(({ conversationId }) => conversationId)).toEqual(["c1", "c2"]);
});

test("a workflow is read with its version as ETag, and workflows are listed in pages", async () => {
  await using gateway = await startTestGateway({
    engine: {
      getWorkflow: ({ workflowId }) => ({ workflow: { id: workflowId, version: 7 } }),
      listWorkflows: ({ pageSize, pageToken }) => ({
        workflows: [{ id: `${pageSize}${pageToken}` }],
        nextPageToken: "next",
      }),
    },
  });
  const one = await fetch(`${gateway.url}/v1/workflows/w-7`);
  expect(one.headers.get("etag")).toMatch(/^"7-[\w-]{16}"$/);
  expect(await one.json()).toMatchObject({ id: "w-7" });
  const list = await fetch(`${gateway.url}/v1/workflows?page_size=3&page_token=abc`);
  expect(await list.json()).toMatchObject({ workflows: [{ id: "3abc" }], next_page_token: "next" });
});

test("a workflow is replaced; If-Match is the version that the change is based on, and a stale one is 412", async () => {
  const versions: number[] = [];
  await using gateway = await startTestGateway({
    engine: {
      updateWorkflow({ workflowId, expectedVersion }) {
        versions.push(expectedVersion);
        if (expectedVersion === 1) {
          const value = { domain: "agentteam", reason: "VERSION_CONFLICT", metadata: {} };
          throw new ConnectError("the workflow has version 2", Code.Aborted, undefined, [
            { desc: ErrorInfoSchema, value },
          ]);
        }
        return { workflow: { id: workflowId, version: 3 } };
      },
    },
  });
  const put = (headers: Record<string, string>, body: unknown = SPEC): Promise<Response> =>
    fetch(`${gateway.url}/v1/workflows/w1`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const replaced = await put({ "if-match": '"2"' });
  expect([replaced.status, replaced.headers.get("etag")]).toEqual([200, expect.stringMatching(/^"3-/)]);
  expect((await put({ "if-match": String(replaced.headers.get("etag")) })).status).toBe(200);
  expect((await put({}, { spec: SPEC })).status).toBe(200);
  expect((await put({ "if-match": '"1"' })).status).toBe(412);
  for (const malformed of ["three", '"2", three', '"2",', "W/", '"2", "3"'])
    expect((await put({ "if-match": malformed })).status, malformed).toBe(400);
  expect(versions).toEqual([2, 3, 0, 1]);
});

test("If-Match takes a list of tags of one version; weak tags and those of another resource match nothing and are 412", async () => {
  const versions: number[] = [];
  await using gateway = await startTestGateway({
    engine: {
      deleteWorkflow({ expectedVersion }) {
        versions.push(expectedVersion);
        return {};
      },
    },
  });
  const remove = (tags: string): Promise<Response> =>
    fetch(`${gateway.url}/v1/workflows/w1`, { method: "DELETE", headers: { "if-match": tags } });
  for (const tags of ['"2-abc", "2-def"', 'W/"5", "2"', '"other" ,"2"'])
    expect((await remove(tags)).status, tags).toBe(204);
  for (const tags of ['W/"2"', 'W/"2-abc", W/"3"', '"other"', '"0"', '""']) {
    const refused = await remove(tags);
    expect([refused.status, await refused.json()], tags).toEqual([
      412,
      expect.objectContaining({ code: "ABORTED", detail: expect.stringContaining("if-match") }),
    ]);
  }
  expect(versions).toEqual([2, 2, 2]);
});

test("the events of a run are server-sent events; a reader goes on behind Last-Event-ID, and after the end it gets 204", async () => {
  const cursors: unknown[] = [];
  await using gateway = await startTestGateway({
    engine: {
      async *watchRun({ resumeAfterSequence, resumeFence }) {
        cursors.push([resumeAfterSequence, resumeFence]);
        const states = [RunState.PENDING, RunState.RUNNING, RunState.SUCCEEDED];
        for (const [at, state] of states.entries()) {
          if (at === 1) yield create(WatchRunResponseSchema, { event: { case: "heartbeat", value: {} } });
          if (at < resumeAfterSequence) continue;
          const event = { case: "runStateChanged", value: { state } } as const;
          yield create(WatchRunResponseSchema, { sequence: at + 1, fence: "f", event });
        }
      },
    },
  });
  const read = async (headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${gateway.url}/v1/runs/r1/events`, { headers: { accept: "text/event-stream", ...headers } });
  const whole = await (await read()).text();
  expect(whole.startsWith("retry: 1000\nid: 1-f\nevent: run_state_changed\ndata: {")).toBe(true);
  expect(whole.match(/^id: .*$/gm)).toEqual(["id: 1-f", "id: 2-f", "id: 3-f"]);
  expect(whole).toContain("SUCCEEDED");
  expect((await (await read({ "last-event-id": "2-f" })).text()).match(/^id: .*$/gm)).toEqual(["id: 3-f"]);
  const wrong = await read({ "last-event-id": "what" });
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { errors: [{ field: "Last-Event-ID" }] }]);
  expect(cursors).toEqual([
    [0, ""],
    [2, "f"],
  ]);

  await using ended = await startTestGateway({ engine: { async *watchRun() {} } });
  const after = await fetch(`${ended.url}/v1/runs/r1/events`, { headers: { "last-event-id": "3-f" } });
  expect(after.status).toBe(204);
});

test("the events of a run that end before the run break their connection; while no engine answers they break at once", async () => {
  const pending = {
    sequence: 1,
    fence: "f",
    event: { case: "runStateChanged", value: { state: RunState.PENDING } },
  } as const;
  let isAway = false;
  await using gateway = await startTestGateway({
    engine: {
      async *watchRun() {
        if (isAway) throw new ConnectError("no ready endpoint at 10.0.10.7", Code.Unavailable);
        yield create(WatchRunResponseSchema, pending);
      },
    },
  });
  const read = async (): Promise<readonly [number, string]> => {
    const response = await fetch(`${gateway.url}/v1/runs/r1/events`);
    const received = emptyStream();
    const reading = (async () => {
      for await (const _ of readEvents(response, received));
    })();
    await expect(reading).rejects.toThrow();
    return [response.status, received.events.map(({ lastEventId }) => lastEventId).join()];
  };
  expect(await read()).toEqual([200, "1-f"]);
  isAway = true;
  expect(await read()).toEqual([200, ""]);
  expect(gateway.log).toContainEqual(expect.objectContaining({ detail: "no ready endpoint at 10.0.10.7" }));
});

test("a workflow is made active, with its version as ETag", async () => {
  const requests: unknown[] = [];
  await using gateway = await startTestGateway({
    engine: {
      setWorkflowActive({ workflowId, active }) {
        requests.push([workflowId, active]);
        return { workflow: { id: workflowId, version: 3, active, trigger: { hookPath: "/v1/hooks/w1/t" } } };
      },
    },
  });
  const put = (body: unknown): Promise<Response> =>
    fetch(`${gateway.url}/v1/workflows/w1/active`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const response = await put({ active: true });
  expect([response.status, response.headers.get("etag")]).toEqual([200, expect.stringMatching(/^"3-/)]);
  expect(await response.json()).toMatchObject({ active: true, trigger: { hook_path: "/v1/hooks/w1/t" } });
  expect((await put({ active: 1 })).status).toBe(400);
  expect(requests).toEqual([["w1", true]]);
});

test("validation returns a list of issues, also an empty one", async () => {
  await using gateway = await startTestGateway({ engine: { validateWorkflow: () => ({}) } });
  expect(await (await post(gateway, "/v1/workflows/validate", SPEC)).json()).toEqual({ issues: [] });
});

test("a run is started with and without input, read and listed", async () => {
  const starts: StartRunRequest[] = [];
  const lists: ListRunsRequest[] = [];
  await using gateway = await startTestGateway({
    engine: {
      startRun(request) {
        starts.push(request);
        return { run: { id: "r1", workflowId: request.workflowId, state: RunState.PENDING } };
      },
      getRun: ({ runId }) => ({ run: { id: runId, output: { kind: { case: "numberValue", value: 5 } } } }),
      listRuns(request) {
        lists.push(request);
        return { runs: [{ id: "r1" }] };
      },
    },
  });
  const started = await post(gateway, "/v1/workflows/w1/runs", { input: { total: 5 }, request_id: "k" });
  expect([started.status, started.headers.get("location")]).toEqual([201, "/v1/runs/r1"]);
  expect(await started.json()).toMatchObject({ workflow_id: "w1", state: "PENDING" });
  expect((await fetch(`${gateway.url}/v1/workflows/w1/runs`, { method: "POST" })).status).toBe(201);
  expect(starts).toMatchObject([{ requestId: "k" }, { workflowId: "w1" }]);
  expect(starts.map(({ input }) => input && toJson(ValueSchema, input))).toEqual([{ total: 5 }, undefined]);

  expect(await (await fetch(`${gateway.url}/v1/runs/r9`)).json()).toMatchObject({ id: "r9", output: 5 });
  expect(await (await fetch(`${gateway.url}/v1/runs?workflow_id=w1&state=FAILED`)).json()).toMatchObject({
    runs: [{ id: "r1" }],
  });
  await (await fetch(`${gateway.url}/v1/runs?state=RUN_STATE_FAILED`)).body?.cancel();
  expect(lists).toMatchObject([{ workflowId: "w1", state: RunState.FAILED }, { state: RunState.FAILED }]);
});

test("a run is repeated from where it failed, or from its start; the body does not name it", async () => {
  const reruns: RerunRunRequest[] = [];
  await using gateway = await startTestGateway({
    engine: {
      rerunRun(request) {
        reruns.push(request);
        return { run: { id: "r2", rerunOf: request.runId } };
      },
    },
  });
  const repeated = await post(gateway, "/v1/runs/r1/rerun", { from: "START", request_id: "k" });
  expect([repeated.status, repeated.headers.get("location")]).toEqual([201, "/v1/runs/r2"]);
  expect(await repeated.json()).toMatchObject({ id: "r2", rerun_of: "r1" });
  expect((await fetch(`${gateway.url}/v1/runs/r1/rerun`, { method: "POST" })).status).toBe(201);
  expect(reruns).toMatchObject([
    { runId: "r1", from: RerunFrom.START, requestId: "k" },
    { runId: "r1", from: RerunFrom.UNSPECIFIED, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  ]);
  for (const body of [{ run_id: "r1" }, { from: "MIDDLE" }]) {
    const { status } = await post(gateway, "/v1/runs/r1/rerun", body);
    expect(status).toBe(400);
  }
});

test("catalogue, conversation, health and discovery are read", async () => {
  await using gateway = await startTestGateway({
    agent: { getConversation: ({ conversationId }) => ({ messages: [{ text: conversationId }] }) },
    engine: {
      listNodeTypes: () => ({ nodeTypes: [{ subtype: "IF", outputKeys: ["true", "false"] }], catalogueVersion: "1" }),
    },
  });
  const get = async (path: string): Promise<unknown> => await (await fetch(`${gateway.url}${path}`)).json();

  expect(await get("/v1/node-types")).toMatchObject({
    node_types: [{ subtype: "IF", output_keys: ["true", "false"] }],
  });
  expect(await get("/v1/conversations/c1")).toMatchObject({ messages: [{ text: "c1" }], active_turn_id: "" });
  expect(await get("/health")).toEqual({ status: "ok" });
  expect(await get("/v1/discovery")).toMatchObject({
    "workflow-agent": { target: "agent", tiers: [{ name: "env", active: true }] },
    "workflow-engine": { target: "engine" },
  });
});

function post(gateway: TestGateway, path: string, body: unknown): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

test("a run is canceled, with and without a reason", async () => {
  const requests: CancelRunRequest[] = [];
  await using gateway = await startTestGateway({
    engine: {
      cancelRun(request) {
        requests.push(request);
        return { run: { id: request.runId, state: RunState.CANCELED } };
      },
    },
  });
  const canceled = await post(gateway, "/v1/runs/r1/cancel", { reason: "wrong one" });
  expect(canceled.status).toBe(200);
  expect(await canceled.json()).toMatchObject({ id: "r1", state: "CANCELED" });
  expect((await fetch(`${gateway.url}/v1/runs/r2/cancel`, { method: "POST" })).status).toBe(200);
  expect(requests).toMatchObject([
    { runId: "r1", reason: "wrong one" },
    { runId: "r2", reason: "" },
  ]);
  expect(await (await post(gateway, "/v1/runs/r1/cancel", { because: "x" })).json()).toMatchObject({ status: 400 });
});

test("a decision about a node is 204, and a wrong one is refused with the field", async () => {
  const requests: SignalRunRequest[] = [];
  await using gateway = await startTestGateway({
    engine: {
      signalRun(request) {
        requests.push(request);
        return {};
      },
    },
  });
  const path = "/v1/runs/r1/signals/ask";
  expect((await post(gateway, path, { approved: true, comment: "fine", request_id: "k" })).status).toBe(204);
  expect((await post(gateway, path, { approved: false })).status).toBe(204);
  expect(requests).toMatchObject([
    { runId: "r1", nodeId: "ask", requestId: "k", signal: { value: { approved: true, comment: "fine" } } },
    { requestId: expect.stringMatching(/^[0-9a-f-]{36}$/), signal: { value: { approved: false, comment: "" } } },
  ]);
  const wrong = await post(gateway, path, { approved: "yes" });
  expect(await wrong.json()).toMatchObject({ status: 400, errors: [{ field: "approved" }] });
});

test("a deletion is 204, and the service gets the id", async () => {
  const deleted: string[] = [];
  const versions: number[] = [];
  const record = (id: string): object => {
    deleted.push(id);
    return {};
  };
  await using gateway = await startTestGateway({
    agent: { deleteConversation: ({ conversationId }) => record(conversationId) },
    engine: {
      deleteWorkflow({ workflowId, expectedVersion }) {
        versions.push(expectedVersion);
        return record(workflowId);
      },
      deleteRun: ({ runId }) => record(runId),
    },
  });
  for (const path of ["conversations/c1", "workflows/w1", "runs/r1"]) {
    const response = await fetch(`${gateway.url}/v1/${path}`, { method: "DELETE" });
    expect([response.status, await response.text()]).toEqual([204, ""]);
  }
  expect(deleted).toEqual(["c1", "w1", "r1"]);

  await fetch(`${gateway.url}/v1/workflows/w1`, { method: "DELETE", headers: { "if-match": '"2"' } });
  expect(versions).toEqual([0, 2]);
});
