/**
 * An approval by the link of its notice, from the request to the end of the run: a webhook is told, programs that check links open it,
 * and a person decides on its page without a credential.
 */

import { text } from "node:stream/consumers";
import { agentTeamServices } from "@agent-team/local-cloud";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CalledServer, startCalledServer } from "./support/called-server.ts";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { runReaches, startRun, storeWorkflow } from "./support/runs.ts";

const VPC = "127.48.0.0/16";
const PUBLIC = "https://api.example.test";

const notices: Record<string, string>[] = [];
let server: CalledServer;
let cloud: TestCloud;

beforeAll(async () => {
  server = await startCalledServer((request, response) => {
    void text(request).then((body) => {
      notices.push(JSON.parse(body) as Record<string, string>);
      response.writeHead(204).end();
    });
  });
  const environment = {
    HTTP_ALLOW_HOSTS: server.authority,
    PUBLIC_URL: PUBLIC,
    IDENTITY_SECRET: "i".repeat(32),
  };
  cloud = await startTestCloud(VPC, { services: agentTeamServices({ agents: 0, environment }) });
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.close();
});

const workflow = (): object => ({
  name: "Big orders",
  nodes: [
    { id: "start", type: "TRIGGER", subtype: "MANUAL" },
    {
      id: "ask",
      type: "HUMAN_IN_THE_LOOP",
      subtype: "APPROVAL",
      configuration: { prompt: "{% 'Pay ' & input.total & '?' %}", webhook_url: `${server.origin}/told` },
    },
    { id: "yes", type: "ACTION", subtype: "DATA_TRANSFORMATION", configuration: { expression: "{% 'paid' %}" } },
  ],
  connections: [
    { from_node: "start", to_node: "ask" },
    { from_node: "ask", to_node: "yes", output_key: "approved" },
  ],
});

test("the link of the notice decides on its page, once, and the run ends", { timeout: 60_000 }, async () => {
  const runId = await startRun(cloud.url, await storeWorkflow(cloud.url, workflow()), { total: 1200 });
  await runReaches(cloud.url, runId, /WAITING$/);
  expect(notices).toMatchObject([{ type: "approval_requested", run_id: runId, prompt: "Pay 1200?" }]);
  const link = notices[0]?.["url"] ?? "";
  expect(link.startsWith(`${PUBLIC}/v1/approvals/${runId}/ask/`)).toBe(true);
  const url = link.replace(PUBLIC, cloud.url);

  for (const method of ["GET", "HEAD", "GET", "GET"]) expect((await fetch(url, { method })).status).toBe(200);
  expect(await (await fetch(url)).text()).toContain("Pay 1200?");
  await runReaches(cloud.url, runId, /WAITING$/);

  const press = (decision: string): Promise<Response> =>
    fetch(url, { method: "POST", body: new URLSearchParams({ decision, name: "Ada" }) });
  const decided = await press("approve");
  expect([decided.status, await decided.text()]).toEqual([200, expect.stringContaining("Ada (by link)")]);
  expect(await runReaches(cloud.url, runId, /SUCCEEDED$/)).toMatchObject({ output: "paid" });

  const second = await press("reject");
  expect([second.status, await second.text()]).toEqual([409, expect.stringContaining("<b>Approved</b>")]);
  expect((await fetch(`${url}x`)).status).toBe(404);
  expect((await fetch(url.replace(runId, "unknown"))).status).toBe(404);
});
