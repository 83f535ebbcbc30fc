import { NodeType, RunState, Severity, type WorkflowSpec } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createJournal } from "@agent-team/journal";
import { InProcessJournal, serveJournal } from "@agent-team/journal/host";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { expect, onTestFinished, test, vi } from "vitest";
import { engineOnLoopback, engineWithCallers } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { create, ended, idOf, plain, run, statesOf, value } from "./running.ts";
import { fetching, manual, merge, node, specOf, transform, when } from "./specs.ts";

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

test("a run fetches, decides, and posts what it found", async () => {
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

test("what passes over a connection is what its expression makes of it, and a merge gathers it by its origin", async () => {
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

test("CRON and WEBHOOK triggers are started by hand too", async () => {
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
  node("later", NodeType.HUMAN_IN_THE_LOOP, "APPROVAL", { prompt: "?" }),
  node("later", NodeType.FLOW, "DELAY", { duration_seconds: 1 }),
  node("later", NodeType.EXTERNAL_ACTION, "SLACK", { webhook_url: "https://example.com", text: "hi" }),
  node("later", NodeType.AI_AGENT, "GENERATE", { prompt: "?" }),
  fetching("later", { url: "https://example.com", headers: { authorization: "Bearer {{secret:TOKEN}}" } }),
])(
  "a workflow with $subtype that cannot be run yet is stored and not started, before any node has an effect",
  async (later) => {
    const server = await httpServerOnLoopback({ "/": json("ok") });
    const engine = await engineOnLoopback({ allowHosts: server.authority });
    const spec = specOf(
      [manual(), fetching("first", { url: server.url }), later],
      ["start -> first", "first -> later"],
    );
    const workflowId = await create(engine, spec);
    const code = later.subtype === "HTTP_REQUEST" ? "SECRETS_NOT_FILLED_IN_YET" : "NOT_RUNNABLE_YET";
    const place = later.subtype === "HTTP_REQUEST" ? "configuration.headers.authorization" : "subtype";

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

test("one expression costs one run: a run beside a hundred that take all memory and time ends as if it were alone", async () => {
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
  const started = await Promise.all(Array.from({ length: 4 }, () => as("greedy").startRun({ workflowId: greedyId })));
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

test("a run that failed leaves no expressions behind that others wait for", async () => {
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

test("a failure that is handled goes on by error", async () => {
  const spec = specOf(
    [manual(), transform("risky", "$error('no')", { continueOnError: true }), transform("mend", "input.code")],
    ["start -> risky", "risky -error-> mend"],
  );
  const done = await run(spec);

  expect(done.state).toBe(RunState.SUCCEEDED);
  expect(plain(done.output)).toBe("EXPRESSION_FAILED");
});

test("a node ends at its timeout, and a run at its own", async () => {
  const clock = new FakeClock();
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const engine = await engineOnLoopback({ clock, allowHosts: server.authority });
  const slow = fetching("slow", { url: server.url });
  const limited = specOf([manual(), { ...slow, timeout: durationFromMs(5000) }], ["start -> slow"]);
  const whole = {
    ...specOf([manual(), { ...slow, timeout: durationFromMs(600_000) }], ["start -> slow"]),
    runTimeout: durationFromMs(9000),
  };

  const nodeRun = await engine.startRun({ workflowId: await create(engine, limited) });
  const wholeRun = await engine.startRun({ workflowId: await create(engine, whole) });
  await vi.waitUntil(() => server.seen.length === 2);
  clock.advance(5000);

  expect(await ended(engine, nodeRun.run)).toMatchObject({ state: RunState.FAILED, error: { code: "TIMEOUT" } });
  expect((await engine.getRun({ runId: idOf(wholeRun.run) })).run?.state).toBe(RunState.RUNNING);
  clock.advance(4000);
  const done = await ended(engine, wholeRun.run);
  expect(done).toMatchObject({ state: RunState.TIMED_OUT, error: { code: "RUN_TIMEOUT" } });
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", slow: "CANCELED" });
  expect(clock.pendingTimers).toBe(0);
});

test("a canceled run aborts its request, and canceling it again changes nothing", async () => {
  const closed = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({ "/": (request) => void request.socket.once("close", closed.resolve) });
  const engine = await engineOnLoopback({ allowHosts: server.authority });
  const spec = specOf([manual(), fetching("slow", { url: server.url })], ["start -> slow"]);
  const started = await engine.startRun({ workflowId: await create(engine, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await engine.cancelRun({ runId: idOf(started.run), reason: "wrong one" });
  await closed.promise;
  const done = await ended(engine, started.run);

  expect(done).toMatchObject({ state: RunState.CANCELED, error: { code: "CANCELED", message: "wrong one" } });
  expect((await engine.cancelRun({ runId: idOf(started.run) })).run).toEqual(done);
});

test("a wish to cancel that came in at another instance is seen before the next step", async () => {
  const journal = new InProcessJournal();
  const answer = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void answer.promise.then(() => json("ok")(request, response)),
  });
  const driving = await engineOnLoopback({ journal, allowHosts: server.authority });
  const other = await engineOnLoopback({ journal });
  const spec = specOf(
    [manual(), fetching("slow", { url: server.url }), transform("next", "1")],
    ["start -> slow", "slow -> next"],
  );
  const started = await driving.startRun({ workflowId: await create(driving, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await other.cancelRun({ runId: idOf(started.run) });
  answer.resolve();
  const done = await ended(other, started.run);

  expect(done.state).toBe(RunState.CANCELED);
  expect(statesOf(done)).toEqual({ start: "SUCCEEDED", slow: "SUCCEEDED" });
});

test("a run outlives its store's restart", async () => {
  const store = new InProcessJournal();
  const first = await serveJournal({ journal: store });
  const journal = createJournal({
    url: first.url,
    clock: systemClock,
    random: systemRandom,
    requestTimeoutMs: 1000,
  });
  onTestFinished(() => journal.close());
  const answer = Promise.withResolvers<void>();
  const server = await httpServerOnLoopback({
    "/": (request, response) => void answer.promise.then(() => json("ok")(request, response)),
  });
  const engine = await engineOnLoopback({ journal, allowHosts: server.authority });
  const spec = specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]);
  const started = await engine.startRun({ workflowId: await create(engine, spec) });
  await vi.waitUntil(() => server.seen.length === 1);

  await first.close();
  answer.resolve();
  await vi.waitUntil(() => !journal.isReady);
  expect(await errorOf(engine.getRun({ runId: idOf(started.run) }))).toMatchObject({ reason: "STORE_UNAVAILABLE" });
  await using _second = await serveJournal({ journal: store, port: first.port });
  await vi.waitUntil(() => journal.isReady, { timeout: 10_000 });

  expect(await ended(engine, started.run)).toMatchObject({ state: RunState.SUCCEEDED });
  expect(server.seen).toHaveLength(1);
});
