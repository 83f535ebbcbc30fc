/**
 * Workflows run where a user runs them: in the tasks of the local cloud. The README's second example, without its schedule
 * and its approval, is drafted, stored and run, its calls arrive at a server of this test, and its condition decides.
 */

import { text } from "node:stream/consumers";
import { agentTeamServices } from "@agent-team/local-cloud";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CalledServer, startCalledServer } from "./support/called-server.ts";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { converse, ORDERS_REQUEST, postJson, specOf } from "./support/conversation.ts";
import { runReaches, runToItsEnd, storeWorkflow } from "./support/runs.ts";

const VPC = "127.27.0.0/16";

/** What the workflow's calls were. */
const calls: string[] = [];
/** What `GET /orders` answers. */
let orders: unknown;
/** The status of the answer to a POST. */
let postStatus = 200;

let server: CalledServer;
let cloud: TestCloud;

beforeAll(async () => {
  server = await startCalledServer((request, response) => {
    void text(request).then((body) => {
      calls.push([request.method, request.url, body].filter(Boolean).join(" "));
      const status = request.method === "GET" ? 200 : postStatus;
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(request.method === "GET" ? orders : { stored: true }));
    });
  });
  cloud = await startTestCloud(VPC, {
    services: agentTeamServices({ agents: 1, environment: { HTTP_ALLOW_HOSTS: server.authority } }),
  });
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.close();
});

beforeEach(() => void calls.splice(0));

const SUCCEEDED = { state: expect.stringMatching(/SUCCEEDED$/) };

test("the README's example is drafted, stored and run, and its condition decides both ways", async () => {
  const request = ORDERS_REQUEST.replace("every weekday at 9am ", "")
    .replace("ask me to approve, then ", "")
    .replaceAll("https://example.com", server.origin);
  const workflowId = await storeWorkflow(cloud.url, specOf(await converse(cloud.url, "orders", request)));

  orders = { total: 1200 };
  expect(await runToItsEnd(cloud.url, workflowId)).toMatchObject(SUCCEEDED);
  expect(calls).toEqual(["GET /orders", expect.stringContaining("POST /audit")]);
  expect(calls[1]).toContain("1200");

  calls.splice(0);
  orders = { total: 7 };
  expect(await runToItsEnd(cloud.url, workflowId)).toMatchObject(SUCCEEDED);
  expect(calls).toEqual(["GET /orders"]);

  // A run that failed goes on where it failed.
  calls.splice(0);
  [orders, postStatus] = [{ total: 1300 }, 400];
  const failed = await runToItsEnd(cloud.url, workflowId);
  expect(failed).toMatchObject({ state: expect.stringMatching(/FAILED$/), error: { code: "HTTP_STATUS" } });
  postStatus = 200;
  const again = await postJson(`${cloud.url}/v1/runs/${String(failed["id"])}/rerun`, {});
  expect(again).toMatchObject({ status: 201, body: { rerun_of: failed["id"] } });
  await runReaches(cloud.url, String(again.body["id"]), /SUCCEEDED$/);
  expect(calls.map((call) => call.replace(/ \{.*/, ""))).toEqual(["GET /orders", "POST /audit", "POST /audit"]);
});

test("an expression computes what a run results in, and one that fails says why", async () => {
  const transform = (expression: string): object => ({
    name: "double",
    nodes: [
      { id: "start", type: "TRIGGER", subtype: "MANUAL" },
      {
        id: "double",
        type: "ACTION",
        subtype: "DATA_TRANSFORMATION",
        configuration: { expression: `{% ${expression} %}` },
      },
    ],
    connections: [{ from_node: "start", to_node: "double" }],
  });

  const doubling = await storeWorkflow(cloud.url, transform("input.amount * 2"));
  const doubled = await runToItsEnd(cloud.url, doubling, { amount: 21 });
  expect(doubled).toMatchObject({ ...SUCCEEDED, output: 42 });

  const failing = await storeWorkflow(cloud.url, transform("$error('no such order')"));
  expect(await runToItsEnd(cloud.url, failing)).toMatchObject({
    state: expect.stringMatching(/FAILED$/),
    error: { message: expect.stringContaining("no such order") },
  });
});
