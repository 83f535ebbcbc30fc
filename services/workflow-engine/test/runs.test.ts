import { NodeType, RunState, Severity, type WorkflowSpec } from "@agent-team/contracts";
import { expect, test } from "vitest";
import { engineOnLoopback, engineWithCallers } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { create, ended, plain, run, statesOf, value } from "./running.ts";
import { fetching, forEach, manual, merge, node, specOf, transform, when } from "./specs.ts";

const ENDLESS = "( $f := function($n) { $f($n + 1) }; $f(0) )";

const audit = (url: string): WorkflowSpec =>
  specOf(
    [
      manual(),
      fetching("orders", { url: `${url}/orders` }),
      when("large", "input.body.total > 1000"),
      fetching("post", {
        method: "POST",
        url: `${url}/audit`,
        body: { total: "{% nodes.orders.body.total %}", by: "{% trigger.by %}" },
      }),
      transform("small", "'only ' & input.body.total"),
    ],
    ["start -> orders", "orders -> large", "large -true-> post", "large -false-> small"],
  );

test("a run fetches, decides by a condition, and posts a value", async () => {
  const server = await httpServerOnLoopback({
    "/orders": json({ total: 1200 }),
    "/audit": json({ stored: true }, 201),
  });

  const done = await run(audit(server.url), { by: "test" }, { allowHosts: server.authority });

  expect(done).toMatchObject({ state: RunState.SUCCEEDED, workflowVersion: 1 });
  expect(statesOf(done)).toEqual({
    start: "SUCCEEDED",
    orders: "SUCCEEDED",
    large: "SUCCEEDED",
    post: "SUCCEEDED",
    small: "SKIPPED",
  });
  expect(plain(done.output)).toMatchObject({ status: 201, body: { stored: true } });
  expect(server.seen.map(({ method, path, body }) => [method, path, body])).toEqual([
    ["GET", "/orders", ""],
    ["POST", "/audit", '{"total":1200,"by":"test"}'],
  ]);
  expect(server.seen.map(({ headers }) => headers["idempotency-key"])).toEqual([
    `${done.id}:orders`,
    `${done.id}:post`,
  ]);
});

test("the other branch is taken when the condition is false", async () => {
  const server = await httpServerOnLoopback({ "/orders": json({ total: 7 }) });

  const done = await run(audit(server.url), null, { allowHosts: server.authority });

  expect(statesOf(done)).toMatchObject({ post: "SKIPPED", small: "SUCCEEDED" });
  expect(done.nodeExecutions.find(({ nodeId }) => nodeId === "large")?.outputKey).toBe("false");
  expect(plain(done.output)).toBe("only 7");
});

test("the expression of a connection changes the value, and a merge gathers values by the ids of their nodes", async () => {
  const spec = specOf(
    [
      manual(),
      transform("double", "input * 2"),
      transform("square", "input * input"),
      merge("both"),
      transform("sum", "input.double + input.square"),
    ],
    ["start -> double", "start -> square", "double -> both", "square -> both", "both -> sum"],
  );
  const first = spec.connections[0];
  if (first !== undefined) first.expression = "input + 1";

  expect(plain((await run(spec, 3)).output)).toBe(17);
});

test("StartRun also starts workflows with a CRON or WEBHOOK trigger", async () => {
  const cron = node("start", NodeType.TRIGGER, "CRON", { expression: "0 9 * * *" });
  const webhook = node("start", NodeType.TRIGGER, "WEBHOOK", {});

  for (const trigger of [cron, webhook])
    expect(plain((await run(specOf([trigger]), { a: 1 })).output)).toEqual({ a: 1 });
});

test.for([
  ["HTTP_STATUS", { url: "/missing" }],
  ["HTTP_STATUS", { url: "/broken" }],
  ["INVALID_CONFIGURATION", { url: "{% 7 %}" }],
  ["INVALID_CONFIGURATION", { url: "{% 'ftp://a' %}" }],
  ["EXPRESSION_TIMEOUT", { url: "/", body: "{% ( $f := function($n) { $f($n + 1) }; $f(0) ) %}" }],
  ["EXPRESSION_FAILED", { url: "/", body: "{% $error('no') %}" }],
  ["OUTPUT_TOO_LARGE", { url: "/large" }],
  ["RESPONSE_TOO_LARGE", { url: "/huge" }],
] as const)("a request fails with %s: %j", async ([code, { url, ...more }]) => {
  const server = await httpServerOnLoopback({
    "/broken": json({ no: "good" }, 500),
    "/large": json("x".repeat(300_000)),
    "/huge": json("x".repeat(2_000_000)),
  });
  const target = url.startsWith("/") ? `${server.url}${url}` : url;

  const done = await run(specOf([manual(), fetching("get", { url: target, ...more })], ["start -> get"]), null, {
    allowHosts: server.authority,
  });

  expect(done).toMatchObject({ state: RunState.FAILED, error: { code, nodeId: "get" } });
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", get: "FAILED" });
});

test("a request into the private network fails, and nothing is sent", async () => {
  const server = await httpServerOnLoopback({ "/": json("secret") });

  const done = await run(specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]));

  expect(done.error).toMatchObject({ code: "ADDRESS_REFUSED", retryable: false });
  expect(server.seen).toEqual([]);
});

test.for([
  node("later", NodeType.AI_AGENT, "GENERATE", { prompt: "Translate it to German" }),
  fetching("later", { url: "https://example.com", headers: { authorization: "{% 'Bearer {{secret:TOKEN}}' %}" } }),
])(
  "a workflow with $subtype that cannot run yet is stored, and a start is refused before any node has an effect",
  async (later) => {
    const server = await httpServerOnLoopback({ "/": json("ok") });
    const engine = await engineOnLoopback({ allowHosts: server.authority });
    const spec = specOf(
      [manual(), fetching("first", { url: server.url }), later],
      ["start -> first", "first -> later"],
    );
    const workflowId = await create(engine, spec);
    const code = later.subtype === "HTTP_REQUEST" ? "SECRET_NOT_TAKEN" : "NOT_RUNNABLE_YET";
    const place = later.subtype === "HTTP_REQUEST" ? "configuration.headers.authorization" : "configuration";

    expect(await errorOf(engine.startRun({ workflowId }))).toEqual({
      code: "FailedPrecondition",
      reason: code,
      fields: [`spec.nodes[2].${place} ${code}`],
    });
    expect((await engine.validateWorkflow({ spec })).issues).toMatchObject([{ severity: Severity.WARNING, code }]);
    expect((await engine.listRuns({})).runs).toEqual([]);
    expect(server.seen).toEqual([]);
  },
);

test("expressions that take all memory and time fail their own nodes, and another owner's run succeeds", async () => {
  const as = await engineWithCallers();
  const greedy = specOf(
    [
      manual(),
      ...["[1..10000000]", '$pad("x", 500000000)', ENDLESS].map((code, at) =>
        transform(`n${at}`, code, { continueOnError: true }),
      ),
    ],
    ["start -> n0", "start -> n1", "start -> n2"],
  );
  const greedyId = await create(as("greedy"), greedy);
  const started = await Promise.all(Array.from({ length: 2 }, () => as("greedy").startRun({ workflowId: greedyId })));
  const spec = specOf([manual(), transform("double", "input * 2")], ["start -> double"]);
  const workflowId = await create(as("ada"), spec);
  const { run: mine } = await as("ada").startRun({ workflowId, input: value(21) });

  expect(plain((await ended(as("ada"), mine)).output)).toBe(42);
  for (const { run: theirs } of started) {
    const done = await ended(as("greedy"), theirs);
    expect(done.state).toBe(RunState.SUCCEEDED); // each failure is handled, and the engine lived to record it
    for (const { nodeId, error } of done.nodeExecutions)
      if (nodeId !== "start") expect(error?.code).toMatch(/^EXPRESSION_(TOO_LARGE|TIMEOUT)$/);
  }
});

test("the expressions of a failed run are dropped, and the next run does not wait for them", async () => {
  const engine = await engineOnLoopback();
  const many = Array.from({ length: 500 }, (_, at) => (at === 0 ? "{% $error('no') %}" : `{% ${ENDLESS} %}`));
  const failing = specOf([manual(), fetching("get", { url: "https://example.com", body: many })], ["start -> get"]);
  const { run: failed } = await engine.startRun({ workflowId: await create(engine, failing) });
  expect((await ended(engine, failed)).error?.code).toBe("EXPRESSION_FAILED");

  const next = specOf([manual(), transform("one", "1")], ["start -> one"]);
  const startedMs = performance.now();
  const { run: after } = await engine.startRun({ workflowId: await create(engine, next) });
  expect((await ended(engine, after)).state).toBe(RunState.SUCCEEDED);
  expect(performance.now() - startedMs).toBeLessThan(3000); // 499 of them would take 50 s
});

test("a run continues by the error output of a handled failure", async () => {
  const spec = specOf(
    [manual(), transform("risky", "$error('no')", { continueOnError: true }), transform("mend", "input.code")],
    ["start -> risky", "risky -error-> mend"],
  );
  const done = await run(spec);

  expect(done.state).toBe(RunState.SUCCEEDED);
  expect(plain(done.output)).toBe("EXPRESSION_FAILED");
});

test("a message goes to Slack; a refusal fails the node with Slack's reason, and without the URL, which is a credential", async () => {
  const server = await httpServerOnLoopback({
    "/services/T1/secret": json("ok"),
    "/services/T1/gone": (_request, response) => void response.writeHead(404).end("no_service"),
  });
  const options = { allowHosts: server.authority };
  const spec = (path: string, text: string): WorkflowSpec => {
    const configuration = { webhook_url: `${server.url}/services/T1/${path}`, text };
    return specOf([manual(), node("tell", NodeType.EXTERNAL_ACTION, "SLACK", configuration)], ["start -> tell"]);
  };

  const sent = await run(spec("secret", "{% 'Total: ' & input.total %}"), { total: 5 }, options);
  const refused = await run(spec("gone", "hi"), null, options);

  expect(sent.state).toBe(RunState.SUCCEEDED);
  expect(server.seen[0]).toMatchObject({ method: "POST", body: '{"text":"Total: 5"}' });
  expect(server.seen[0]?.headers["idempotency-key"]).toBe(`${sent.id}:tell`);
  expect(refused.error).toMatchObject({
    code: "HTTP_STATUS",
    retryable: false,
    message: expect.stringContaining("no_service"),
  });
  expect(refused.error?.message).not.toContain("gone");
});

test("a summary is made of sentences of the input; a prompt that only a model can follow fails its node", async () => {
  const generating = (prompt: string): WorkflowSpec =>
    specOf([manual(), node("say", NodeType.AI_AGENT, "GENERATE", { prompt })], ["start -> say"]);

  const summary = await run(
    generating("Summarize it in one sentence"),
    "Bread sells well. Bread sells best at noon. Rain.",
  );
  const poem = await run(generating("{% 'Write ' & 'a poem' %}"), "Bread.");

  expect(plain(summary.output)).toEqual({ text: "Bread sells best at noon.", model: "extractive/1" });
  expect(poem.error).toMatchObject({ code: "MODEL_REQUIRED" });
});

const LOOP = ["start -> each", "each -item-> a", "a -> b", "b -> c"];

test("in a loop a node reads its item, and what the nodes before gave for it; after the loop there is the list", async () => {
  const nodes = [
    manual(),
    forEach("each", "input.orders[total > 1000]"),
    transform("a", "input.total / 1000"),
    merge("b"),
    transform("c", "{ 'n': nodes.a, 'by': trigger.by, 'id': nodes.each.id, 'merged': input }"),
    transform("after", "{ 'ids': input.id, 'nodes': $keys(nodes) }"),
  ];
  const spec = specOf(nodes, [...LOOP, "each -> after"]);
  const total = (id: string, amount: number): object => ({ id, total: amount });

  const several = await run(spec, { by: "x", orders: [total("p", 2000), total("q", 7), total("r", 3000)] } as never);
  expect(plain(several.output)).toEqual({ ids: ["p", "r"], nodes: ["start", "each"] });
  const execution = several.nodeExecutions.find(({ nodeId }) => nodeId === "c.1");
  expect(plain(execution?.output)).toEqual({ n: 3, by: "x", id: "r", merged: { a: 3 } });

  // JSONata gives a single match without a list around it, and nothing for none.
  const one = await run(spec, { by: "x", orders: [total("p", 2000)] } as never);
  expect(plain(one.nodeExecutions.find(({ nodeId }) => nodeId === "each")?.output)).toHaveLength(1);
  expect(statesOf(await run(spec, { orders: [] }))).toMatchObject({
    each: "SUCCEEDED",
    a: "SKIPPED",
    after: "SUCCEEDED",
  });
});

test("a loop takes 1,000 executions; one item above that is refused before the first has an effect", async () => {
  const nodes = [manual(), forEach("each", "[1..input]", { max_concurrency: 10 }), merge("a"), merge("b"), merge("c")];
  const spec = specOf(nodes, LOOP);

  const most = await run(spec, 333);
  expect(most).toMatchObject({ state: RunState.SUCCEEDED });
  expect(most.nodeExecutions).toHaveLength(2 + 999);

  const refused = await run(spec, 334);
  const message = "each has 334 items; with 3 nodes in its loop it takes at most 333";
  expect(refused).toMatchObject({ state: RunState.FAILED, error: { code: "TOO_MANY_ITEMS", message, nodeId: "each" } });
  expect(statesOf(refused)).toEqual({ start: "SUCCEEDED", each: "FAILED" });
  // The list itself is larger than any value may be.
  expect(await run(spec, 1_000_000)).toMatchObject({ error: { code: "OUTPUT_TOO_LARGE", nodeId: "each" } });
});
