/**
 * Workflows run where a user runs them: in the tasks of the local cloud. The README's second example, without its schedule
 * and its approval, is drafted, stored and run, its calls arrive at a server of this test, and its condition decides.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { agentTeamServices } from "@agent-team/local-cloud";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { converse, ORDERS_REQUEST, postJson, specOf } from "./support/conversation.ts";

const VPC = "127.27.0.0/16";

/** What the workflow's calls were. */
const calls: string[] = [];
/** What `GET /orders` answers. */
let orders: unknown;
const server = createServer((request, response) => {
  void text(request).then((body) => {
    calls.push([request.method, request.url, body].filter(Boolean).join(" "));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(request.method === "GET" ? orders : { stored: true }));
  });
});

let cloud: TestCloud;
let origin: string;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = `http://${authority}`;
  cloud = await startTestCloud(VPC, {
    services: agentTeamServices({ agents: 1, environment: { HTTP_ALLOW_HOSTS: authority } }),
  });
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => void calls.splice(0));

/** Stores a workflow, runs it, and returns its end as it is read back. */
async function store(spec: object | undefined): Promise<(input?: unknown) => Promise<Record<string, unknown>>> {
  const stored = await postJson(`${cloud.url}/v1/workflows`, { spec });
  expect(stored.status, JSON.stringify(stored.body)).toBe(201);
  return async (input) => {
    const started = await postJson(`${cloud.url}/v1/workflows/${String(stored.body["id"])}/runs`, { input });
    expect(started.status, JSON.stringify(started.body)).toBe(201);
    const read = async (): Promise<Record<string, unknown>> => {
      const response = await fetch(`${cloud.url}/v1/runs/${String(started.body["id"])}`);
      return (await response.json()) as Record<string, unknown>;
    };
    await expect.poll(async () => (await read())["state"], { timeout: 15_000 }).toMatch(/SUCCEEDED|FAILED/);
    return read();
  };
}

test("the README's example is drafted, stored and run, and its condition decides both ways", async () => {
  const request = ORDERS_REQUEST.replace("every weekday at 9am ", "")
    .replace("ask me to approve, then ", "")
    .replaceAll("https://example.com", origin);
  const run = await store(specOf(await converse(cloud.url, "orders", request)));

  orders = { total: 1200 };
  expect(await run()).toMatchObject({ state: "RUN_STATE_SUCCEEDED" });
  expect(calls).toEqual(["GET /orders", expect.stringContaining("POST /audit")]);
  expect(calls[1]).toContain("1200");

  calls.splice(0);
  orders = { total: 7 };
  expect(await run()).toMatchObject({ state: "RUN_STATE_SUCCEEDED" });
  expect(calls).toEqual(["GET /orders"]);
});

test("an expression computes what a run results in, and one that fails says why", async () => {
  const transform = (expression: string): object => ({
    name: "double",
    nodes: [
      { id: "start", type: "NODE_TYPE_TRIGGER", subtype: "MANUAL" },
      {
        id: "double",
        type: "NODE_TYPE_ACTION",
        subtype: "DATA_TRANSFORMATION",
        configuration: { expression: `{% ${expression} %}` },
      },
    ],
    connections: [{ from_node: "start", to_node: "double" }],
  });

  const doubled = await store(transform("input.amount * 2"));
  expect(await doubled({ amount: 21 })).toMatchObject({ state: "RUN_STATE_SUCCEEDED", output: 42 });

  const failing = await store(transform("$error('no such order')"));
  expect(await failing()).toMatchObject({
    state: "RUN_STATE_FAILED",
    error: { message: expect.stringContaining("no such order") },
  });
});
