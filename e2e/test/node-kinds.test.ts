/** Each kind of node in the catalogue runs to its end, or its workflow is refused before anything has an effect. */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { agentTeamServices } from "@agent-team/local-cloud";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { postJson } from "./support/conversation.ts";

interface Kind {
  readonly type: string;
  readonly subtype: string;
  readonly availability: string;
}

interface Node {
  readonly id: string;
  readonly type: string;
  readonly subtype: string;
  readonly configuration?: object;
}

/** How many requests the workflows have made. */
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume();
  response.writeHead(200, { "content-type": "application/json" }).end('{"seen":true}');
});
let cloud: TestCloud;
let origin: string;
let catalogue: readonly Kind[];

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = `http://${authority}`;
  cloud = await startTestCloud("127.44.0.0/16", {
    services: agentTeamServices({ agents: 1, environment: { HTTP_ALLOW_HOSTS: authority } }),
  });
  const answer = (await (await fetch(`${cloud.url}/v1/node-types`)).json()) as { node_types: readonly Kind[] };
  catalogue = answer.node_types;
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  requests = 0;
});

/** A configuration of each kind, and what the run results in when the node before it gave `{"n": 2}`. */
const KINDS: Readonly<Record<string, { readonly configuration?: object; readonly output?: unknown }>> = {
  MANUAL: { output: { n: 2 } },
  CRON: { configuration: { expression: "0 9 * * 1-5" }, output: { n: 2 } },
  WEBHOOK: { output: { n: 2 } },
  HTTP_REQUEST: {
    configuration: { method: "POST", url: "{% $origin %}", body: "{% input %}" },
    output: { status: 200, headers: expect.anything(), body: { seen: true } },
  },
  DATA_TRANSFORMATION: { configuration: { expression: "{% input.n * 21 %}" }, output: 42 },
  IF: { configuration: { condition: "{% input.n > 1 %}" }, output: { n: 2 } },
  MERGE: { output: { before: { n: 2 } } },
  DELAY: { configuration: { duration_seconds: 0.1 }, output: { n: 2 } },
  APPROVAL: { configuration: { prompt: "Go on?", expires_after_seconds: 0.1 }, output: { n: 2 } },
  SLACK: { configuration: { webhook_url: "{% $origin %}", text: "hello" }, output: { status: 200 } },
  GENERATE: { configuration: { prompt: "Summarize it" }, output: { text: '{"n":2}', model: "extractive/1" } },
};

test("the table of this test holds every kind of the catalogue", () => {
  expect(catalogue.map(({ subtype }) => subtype).toSorted()).toEqual(Object.keys(KINDS).toSorted());
});

test.for(Object.keys(KINDS))("%s", async (subtype) => {
  const kind = catalogue.find((each) => each.subtype === subtype) as Kind;
  const nodes = nodesFor(kind);
  const connections = nodes.slice(1).map(({ id }, at) => ({ from_node: nodes[at]?.id, to_node: id }));
  const stored = await postJson(`${cloud.url}/v1/workflows`, { spec: { name: subtype, nodes, connections } });
  expect(stored.status, JSON.stringify(stored.body)).toBe(201);
  const started = await postJson(`${cloud.url}/v1/workflows/${String(stored.body["id"])}/runs`, { input: { n: 2 } });

  if (kind.availability === "NODE_AVAILABILITY_NOT_RUNNABLE_YET") {
    expect(started).toMatchObject({ status: 409, body: { reason: "NOT_RUNNABLE_YET" } });
    expect(requests).toBe(0); // although a request node is before the node that cannot run
    return;
  }
  expect(started.status, JSON.stringify(started.body)).toBe(201);
  const read = async (): Promise<Record<string, unknown>> =>
    (await (await fetch(`${cloud.url}/v1/runs/${String(started.body["id"])}`)).json()) as Record<string, unknown>;
  await expect.poll(async () => (await read())["state"], { timeout: 15_000 }).toMatch(/SUCCEEDED|FAILED/);
  const run = await read();
  expect(run, JSON.stringify(run["error"])).toMatchObject({
    state: "RUN_STATE_SUCCEEDED",
    output: KINDS[subtype]?.output,
  });
});

/** A trigger alone, or the node behind a trigger and what came before it. */
function nodesFor({ type, subtype, availability }: Kind): readonly Node[] {
  const configuration = JSON.parse(
    JSON.stringify(KINDS[subtype]?.configuration ?? {}).replace("{% $origin %}", origin),
  );
  const node: Node = { id: "node", type, subtype, configuration };
  if (type === "NODE_TYPE_TRIGGER") return [node];
  const manual: Node = { id: "start", type: "NODE_TYPE_TRIGGER", subtype: "MANUAL" };
  const effect: Node = {
    id: "before",
    type: "NODE_TYPE_ACTION",
    subtype: "HTTP_REQUEST",
    configuration: { method: "GET", url: origin },
  };
  const same: Node = {
    id: "before",
    type: "NODE_TYPE_ACTION",
    subtype: "DATA_TRANSFORMATION",
    configuration: { expression: "{% input %}" },
  };
  return [manual, availability === "NODE_AVAILABILITY_NOT_RUNNABLE_YET" ? effect : same, node];
}
