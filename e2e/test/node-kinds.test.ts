/** Each kind of node in the catalogue runs to its end, or its workflow is refused before anything has an effect. */

import { agentTeamServices } from "@agent-team/local-cloud";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CalledServer, startCalledServer } from "./support/called-server.ts";
import { startTestCloud, type TestCloud } from "./support/cloud.ts";
import { postJson } from "./support/conversation.ts";
import { runToItsEnd, storeWorkflow } from "./support/runs.ts";

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

interface Row {
  readonly configuration?: object;
  readonly item?: object;
  readonly output?: unknown;
}

/** How many requests the workflows have made. */
let requests = 0;
let server: CalledServer;
let cloud: TestCloud;
let catalogue: readonly Kind[];

beforeAll(async () => {
  server = await startCalledServer((request, response) => {
    requests += 1;
    request.resume();
    response.writeHead(200, { "content-type": "application/json" }).end('{"seen":true}');
  });
  cloud = await startTestCloud("127.44.0.0/16", {
    services: agentTeamServices({ agents: 1, environment: { HTTP_ALLOW_HOSTS: server.authority } }),
  });
  const answer = (await (await fetch(`${cloud.url}/v1/node-types`)).json()) as { node_types: readonly Kind[] };
  catalogue = answer.node_types;
}, 60_000);

afterAll(async () => {
  await cloud?.close();
  server.close();
});

beforeEach(() => {
  requests = 0;
});

/** A configuration of each kind, that of a node for its output "item", and what the run results in when the node before it gave `{"n": 2}`. */
const KINDS: Readonly<Record<string, Row>> = {
  MANUAL: { output: { n: 2 } },
  CRON: { configuration: { expression: "0 9 * * 1-5" }, output: { n: 2 } },
  WEBHOOK: { output: { n: 2 } },
  HTTP_REQUEST: {
    configuration: { method: "POST", url: "{% $origin %}", body: "{% input %}" },
    output: { status: 200, headers: expect.anything(), body: { seen: true } },
  },
  DATA_TRANSFORMATION: { configuration: { expression: "{% input.n * 21 %}" }, output: 42 },
  IF: { configuration: { condition: "{% input.n > 1 %}" }, output: { n: 2 } },
  FOR_EACH: {
    configuration: { items: "{% [input.n, 3] %}" },
    item: { expression: "{% input * 10 %}" },
    output: [20, 30],
  },
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
  const connections: object[] = nodes.slice(1).map(({ id }, at) => ({ from_node: nodes[at]?.id, to_node: id }));
  const { item } = KINDS[subtype] ?? {};
  if (item !== undefined) {
    nodes.push({ id: "body", type: "ACTION", subtype: "DATA_TRANSFORMATION", configuration: item });
    connections.push({ from_node: "node", to_node: "body", output_key: "item" });
  }
  const workflowId = await storeWorkflow(cloud.url, { name: subtype, nodes, connections });

  if (kind.availability === "NOT_RUNNABLE_YET") {
    const refused = await postJson(`${cloud.url}/v1/workflows/${workflowId}/runs`, { input: { n: 2 } });
    expect(refused).toMatchObject({ status: 409, body: { reason: "NOT_RUNNABLE_YET" } });
    expect(requests).toBe(0); // although a request node is before the node that cannot run
    return;
  }
  const run = await runToItsEnd(cloud.url, workflowId, { n: 2 });
  expect(run, JSON.stringify(run["error"])).toMatchObject({
    state: expect.stringMatching(/SUCCEEDED$/),
    output: KINDS[subtype]?.output,
  });
});

/** A trigger alone, or the node behind a trigger and what came before it. */
function nodesFor({ type, subtype, availability }: Kind): Node[] {
  const configuration = JSON.parse(
    JSON.stringify(KINDS[subtype]?.configuration ?? {}).replace("{% $origin %}", server.origin),
  );
  const node: Node = { id: "node", type, subtype, configuration };
  if (type === "TRIGGER") return [node];
  const manual: Node = { id: "start", type: "TRIGGER", subtype: "MANUAL" };
  const effect: Node = {
    id: "before",
    type: "ACTION",
    subtype: "HTTP_REQUEST",
    configuration: { method: "GET", url: server.origin },
  };
  const same: Node = {
    id: "before",
    type: "ACTION",
    subtype: "DATA_TRANSFORMATION",
    configuration: { expression: "{% input %}" },
  };
  return [manual, availability === "NOT_RUNNABLE_YET" ? effect : same, node];
}
