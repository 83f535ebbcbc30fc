// `run` and `watch` against a gateway that says what a test wrote down, over real HTTP.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { freePort } from "@agent-team/test-support/free-port";
import { expect, onTestFinished, test } from "vitest";
import { agentTeam } from "../agent-team.ts";

const NODES = [{ id: "start" }, { id: "fetch_orders" }, { id: "post" }];
const RUN = { id: "r1", workflow_id: "w1", workflow_version: 2 };
const ROUTES: Readonly<Record<string, unknown>> = {
  "POST /v1/workflows/w1/runs": RUN,
  "POST /v1/runs/r0/rerun": RUN,
  "GET /v1/workflows/w1": { version: 2, spec: { nodes: NODES } },
  "GET /v1/runs/r1": { ...RUN, output: { n: 2 } },
};

interface StubGateway {
  readonly url: string;
  /** What was asked for, with its body, or with its cursor. */
  readonly requests: readonly string[];
}

/** Each list of events is one connection: it breaks behind the last of them. */
async function startGateway(connections: readonly (readonly object[])[], routes = ROUTES): Promise<StubGateway> {
  const requests: string[] = [];
  const waiting = [...connections];
  let sequence = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const route = `${request.method} ${request.url}`;
    const more = [await text(request), request.headers["last-event-id"], request.headers.authorization];
    requests.push([route, ...more].filter(Boolean).join(" "));
    if (route !== "GET /v1/runs/r1/events") {
      const status = route in routes ? 200 : 404;
      response.writeHead(status).end(JSON.stringify(routes[route] ?? { detail: "there is no run r2" }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const events = waiting.shift() ?? [];
    const blocks = events.map((event) => `id: ${++sequence}-f\nevent: any\ndata: ${JSON.stringify(event)}\n\n`);
    response.write(`retry: 1000\n: heartbeat\n\n${blocks.join("")}id: cut`, () => response.destroy());
  };
  const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was written to the terminal, in its pieces. */
  readonly drawn: readonly string[];
}

async function run(url: string, args: readonly string[], more: object = {}): Promise<Result> {
  const [out, err, drawn]: [string[], string[], string[]] = [[], [], []];
  const code = await agentTeam(args, {
    env: { AGENT_TEAM_URL: url },
    cwd: import.meta.dirname,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    signal: new AbortController().signal,
    ...("rows" in more ? { terminal: { write: (piece: string) => drawn.push(piece), ...more } } : more),
  });
  return { code, out: out.join("\n"), err: err.join("\n"), drawn };
}

const START = "2026-01-01T00:00:00Z";

function state(name: string, error?: object): object {
  return { run_state_changed: { state: name, error } };
}

function node(node_id: string, name: string, more: object = {}): object {
  return { node_changed: { node_id, state: name, attempt: 1, start_time: START, ...more } };
}

const END = { end_time: "2026-01-01T00:00:01.500Z" };
const SUCCESS = [state("RUNNING"), node("start", "SUCCEEDED", END), node("fetch_orders", "SUCCEEDED", END)];

test("run starts a run with its input, prints each change and the output, and exits with 0", async () => {
  const gateway = await startGateway([[...SUCCESS, node("post", "SKIPPED"), state("SUCCEEDED")]]);
  const { code, out, err } = await run(gateway.url, ["run", "w1", "--input", '{"amount":21}']);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out.split("\n")).toEqual([
    "Run r1 has started.",
    "run  running",
    "start  succeeded  1.5 s",
    "fetch_orders  succeeded  1.5 s",
    "post  skipped",
    "run  succeeded",
    'output  {"n":2}',
  ]);
  expect(gateway.requests[0]).toMatch(/^POST \S+ \{"input":\{"amount":21\},"request_id":"[0-9a-f-]{36}"\}$/);
});

test.each([
  [[], "FAILED"],
  [["--from-start"], "START"],
])("rerun %j repeats a run from %s, and shows the new one", async (flags, from) => {
  const gateway = await startGateway([[state("SUCCEEDED")]]);
  const { code, out } = await run(gateway.url, ["rerun", "r0", ...flags]);
  expect({ code, out }).toEqual({ code: 0, out: 'Run r1 has started.\nrun  succeeded\noutput  {"n":2}' });
  expect(gateway.requests[0]).toContain(`POST /v1/runs/r0/rerun {"from":"${from}","request_id":"`);
});

test("a run that fails exits with 1, and the failure is there, and what to do", async () => {
  const error = { code: "HTTP_STATUS", message: "the server\nanswered\u001b[2J500" };
  const gateway = await startGateway([
    [node("fetch_orders", "FAILED", { ...END, attempt: 3, error }), state("FAILED", error)],
  ]);
  const { code, out, err } = await run(gateway.url, ["watch", "r1"]);
  expect({ code, err }).toEqual({ code: 1, err: '"agent-team rerun r1" runs it again from where it stopped.' });
  expect(out).toContain("fetch_orders  failed     1.5 s  attempt 3  HTTP_STATUS: the server answered [2J500\n");
  expect(out).toContain("run  failed  HTTP_STATUS: the server answered [2J500");
});

test("watch goes on behind the last event when the connection breaks, and begins anew when the store lost some", async () => {
  const gateway = await startGateway([
    SUCCESS.slice(0, 2),
    [SUCCESS[2] ?? {}, { history_truncated: {} }],
    [state("SUCCEEDED")],
  ]);
  expect(await run(gateway.url, ["watch", "r1"])).toMatchObject({ code: 0 });
  const cursors = gateway.requests.filter((request) => request.includes("/events"));
  expect(cursors.map((request) => request.replace("GET /v1/runs/r1/events", "").trim())).toEqual(["", "2-f", ""]);
});

test("on a terminal each node has one line, which is drawn again in its place; the question of a node that waits is there", async () => {
  const question = { approval_requested: { node_id: "fetch_orders", prompt: "Post it?" } };
  const changes = [node("start", "SUCCEEDED", END), node("fetch_orders", "WAITING"), question, state("SUCCEEDED")];
  const { drawn, out } = await run((await startGateway([changes])).url, ["watch", "r1"], { rows: 24 });
  expect(out).toBe('output  {"n":2}');
  expect(drawn[0]).toBe(
    "\x1b[?7l\x1b[Jstart         -\nfetch_orders  -\npost          -\nrun           pending\n\x1b[?7h",
  );
  expect(drawn[1]).toBe(
    drawn[0]?.replace("\x1b[J", "\x1b[4A\x1b[J").replace("start         -", "start         succeeded  1.5 s"),
  );
  expect(drawn[3]).toMatch(/\nfetch_orders {2}waiting {4}\d+ min \d+ s {2}asks: Post it\?\n/);
  // The last drawing stays, in full.
  expect(drawn.at(-1)?.startsWith("\x1b[4A\x1b[Jstart ")).toBe(true);
  expect(drawn.at(-1)).toMatch(/\nrun {11}succeeded\n$/);
});

test("a terminal with fewer lines than nodes shows the last ones, and all of them at the end", async () => {
  const { drawn } = await run((await startGateway([[state("SUCCEEDED")]])).url, ["watch", "r1"], { rows: 3 });
  expect(drawn[0]).toBe("\x1b[?7l\x1b[J… 3 more above\nrun           pending\n\x1b[?7h");
  expect(drawn.at(-1)).toBe(
    "\x1b[2A\x1b[Jstart         -\nfetch_orders  -\npost          -\nrun           succeeded\n",
  );
});

test("the nodes of a loop have one line for all items; where each change is a line, each item has its own", async () => {
  const changes = [
    node("post.0", "SUCCEEDED", END),
    node("post.1", "RUNNING"),
    node("post.1", "FAILED", { ...END, error: { code: "X", message: "no" } }),
    node("post.2", "SUCCEEDED", END),
    state("FAILED"),
  ];
  const { drawn } = await run((await startGateway([changes])).url, ["watch", "r1"], { rows: 24 });
  expect(drawn[2]).toMatch(/\npost {10}running {4}\d+ min \d+ s {2}1 succeeded, 1 running\n/);
  expect(drawn.at(-1)).toContain("\npost          failed     1.5 s  X: no  2 succeeded, 1 failed\n");
  const { out } = await run((await startGateway([changes])).url, ["watch", "r1"]);
  expect(out).toContain("post.1  failed     1.5 s  X: no\npost.2  succeeded  1.5 s\n");
});

test("nodes of a workflow that has changed since are shown when the run reaches them", async () => {
  const routes = { ...ROUTES, "GET /v1/workflows/w1": { version: 3, spec: { nodes: NODES } } };
  const gateway = await startGateway([[node("old", "SUCCEEDED", END), state("SUCCEEDED")]], routes);
  const { drawn } = await run(gateway.url, ["watch", "r1"], { rows: 24 });
  expect(drawn.at(-1)).toMatch(/\[Jold {2}succeeded {2}1\.5 s\nrun {2}succeeded\n$/);
});

test("Ctrl-C ends the watching, and says how to go on", async () => {
  const interruption = new AbortController();
  const gateway = await startGateway([[state("RUNNING")], []]);
  const out = (line: string): void => {
    if (line === "run  running") interruption.abort();
  };
  const { code, err } = await run(gateway.url, ["watch", "r1"], { signal: interruption.signal, out });
  expect({ code, err }).toEqual({ code: 1, err: 'The run goes on. "agent-team watch r1" shows it again.' });
});

test("errors name what was wrong and what to do", async () => {
  const { url, requests } = await startGateway([]);
  const unknown = await run(url, ["watch", "r2"], { env: { AGENT_TEAM_URL: `${url}/`, AGENT_TEAM_TOKEN: "key" } });
  expect(unknown).toMatchObject({ code: 1, err: "agent-team watch: the gateway answers 404: there is no run r2" });
  expect(requests).toEqual(["GET /v1/runs/r2 Bearer key"]);

  const port = await freePort();
  const nowhere = await run(url, ["run", "w1", "--url", `http://127.0.0.1:${port}`]);
  expect(nowhere).toMatchObject({
    code: 1,
    err: `agent-team run: no gateway answers at http://127.0.0.1:${port} (ECONNREFUSED): "npm start" runs one on this machine; --url names another`,
  });

  const refused = { detail: "the workflow has issues", errors: [{ field: "nodes[0]", description: "no value" }] };
  const stub = createServer((_, response) => void response.writeHead(401).end(JSON.stringify(refused)));
  await once(stub.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void stub.close());
  const { err } = await run(`http://127.0.0.1:${(stub.address() as AddressInfo).port}`, ["run", "w1"]);
  expect(err.split("\n").slice(1)).toEqual([
    "  nodes[0]: no value",
    "  AGENT_TEAM_TOKEN has the API key or the access token that is sent",
  ]);
});
