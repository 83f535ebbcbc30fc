// ETag and If-None-Match: what is read again and has not changed is 304, and what has changed without a new version is not.

import { expect, test } from "vitest";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

const read = (gateway: TestGateway, path: string, etag?: string, method = "GET"): Promise<Response> =>
  fetch(gateway.url + path, { method, headers: etag === undefined ? {} : { "if-none-match": etag } });

test("a workflow that is read again is 304 without a body, until its trigger changes, which is no new version", async () => {
  let active = false;
  await using gateway = await startTestGateway({
    engine: { getWorkflow: ({ workflowId: id }) => ({ workflow: { id, version: 7, active } }) },
  });
  const first = await read(gateway, "/v1/workflows/w1");
  const etag = String(first.headers.get("etag"));
  const again = await read(gateway, "/v1/workflows/w1", etag);
  expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
  expect(again.headers.get("content-type")).toBeNull();
  expect(again.headers.get("x-content-type-options")).toBe(first.headers.get("x-content-type-options"));
  for (const named of [`W/${etag}`, `"other", ${etag}`, "*"])
    expect((await read(gateway, "/v1/workflows/w1", named)).status, named).toBe(304);

  active = true;
  const changed = await read(gateway, "/v1/workflows/w1", etag);
  expect([changed.status, await changed.json()]).toEqual([200, expect.objectContaining({ active: true })]);
  expect(changed.headers.get("etag")).toMatch(/^"7-/);
  expect(changed.headers.get("etag")).not.toBe(etag);
});

test.for([
  ["/v1/conversations/c1", { agent: { getConversation: () => ({ activeTurnId: "t" }) } }],
  ["/v1/conversations", { agent: { listConversations: () => ({ conversations: [{ conversationId: "c1" }] }) } }],
  ["/v1/runs/r1", { engine: { getRun: () => ({ run: { id: "r1" } }) } }],
  ["/v1/runs", { engine: { listRuns: () => ({ runs: [{ id: "r1" }] }) } }],
  ["/v1/workflows", { engine: { listWorkflows: () => ({ workflows: [{ id: "w1" }] }) } }],
  ["/v1/node-types", { engine: { listNodeTypes: () => ({ nodeTypes: [{ subtype: "IF" }] }) } }],
] as const)("%s has an ETag of its bytes, also by HEAD", async ([path, backends]) => {
  await using gateway = await startTestGateway(backends);
  const first = await read(gateway, path);
  const etag = String(first.headers.get("etag"));
  expect([first.status, etag]).toEqual([200, expect.stringMatching(/^"[\w-]{16}"$/)]);
  expect((await first.text()).length).toBeGreaterThan(10);
  expect((await read(gateway, path, undefined, "HEAD")).headers.get("etag")).toBe(etag);
  expect((await read(gateway, path, etag)).status).toBe(304);
  expect((await read(gateway, path, '"other"')).status).toBe(200);
});

test("a failure has no ETag, and is not 304", async () => {
  await using gateway = await startTestGateway();
  const response = await read(gateway, "/v1/workflows/w1", "*");
  expect([response.status, response.headers.get("etag")]).toEqual([501, null]);
});
