/** What people ask for in words does what they asked for: drafted by the embedded planner, saved and run in the chat. */

import { text } from "node:stream/consumers";
import { agentTeamServices } from "@agent-team/local-cloud";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CalledServer, startCalledServer } from "./support/called-server.ts";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { converse, textOf } from "./support/conversation.ts";
import { runReaches } from "./support/runs.ts";

const ORDERS = [
  { id: 1, total: 50 },
  { id: 2, total: 150 },
  { id: 3, total: 250 },
];

const calls: string[] = [];
let server: CalledServer;
let cloud: TestCloud;

beforeAll(async () => {
  server = await startCalledServer((request, response) => {
    void text(request).then((body) => {
      calls.push(`${request.method} ${request.url} ${body}`.trim());
      const status = request.url === "/down" ? 503 : 200;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(ORDERS));
    });
  });
  const environment = { HTTP_ALLOW_HOSTS: server.authority };
  cloud = await startTestCloud("127.53.0.0/16", { services: agentTeamServices({ agents: 1, environment }) });
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.close();
});

beforeEach(() => void calls.splice(0));

/** Says the messages one after the other, saves, runs, and waits for the state of the run. */
async function runOf(conversation: string, state: RegExp, ...messages: readonly string[]): Promise<void> {
  for (const message of messages) await converse(cloud.url, conversation, message);
  expect(textOf(await converse(cloud.url, conversation, "save it"))).toMatch(/^Saved as workflow/);
  const ran = textOf(await converse(cloud.url, conversation, "run it"));
  const id = /^Run (\w+) of workflow /.exec(ran)?.[1] ?? expect.fail(ran);
  await runReaches(cloud.url, id, state);
}

test("for each order: the orders above 100 are posted one by one, and the end is reported once", {
  timeout: 60_000,
}, async () => {
  const request = `for each order in ${server.origin}/orders, if total is over 100 post it to ${server.origin}/big. Then call ${server.origin}/done`;
  await runOf("each", /SUCCEEDED/, request, "once afterwards");
  expect(calls).toEqual([
    "GET /orders",
    'POST /big {"id":2,"total":150}',
    'POST /big {"id":3,"total":250}',
    "GET /done",
  ]);
});

test("with 1 retry, if it still fails: two attempts, then the error is posted, and the run succeeds", {
  timeout: 60_000,
}, async () => {
  const request = `call ${server.origin}/down with 1 retry, if it still fails post it to ${server.origin}/alarm, otherwise call ${server.origin}/fine`;
  await runOf("failure", /SUCCEEDED/, request);
  expect(calls).toEqual(["GET /down", "GET /down", expect.stringMatching(/^POST \/alarm .*HTTP_STATUS.*503/)]);
});

test("without a word about failures a failure ends the run", { timeout: 60_000 }, async () => {
  await runOf("uncaught", /FAILED/, `call ${server.origin}/down, then call ${server.origin}/fine`);
  expect(calls).toEqual(["GET /down"]);
});
