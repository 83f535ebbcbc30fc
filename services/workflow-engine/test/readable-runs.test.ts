// A run can be read and listed, for any values of its workflow and of the servers that it calls.
import { RunState } from "@agent-team/contracts";
import { expect, test } from "vitest";
import { engineOnLoopback } from "./engine-on-loopback.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { create, ended, idOf, plain, run, value } from "./running.ts";
import { fetching, manual, specOf, transform } from "./specs.ts";

const MIB = 1024 * 1024;

test("the message of an error of 3 MB is cut, in the run and in the list", async () => {
  const engine = await engineOnLoopback();
  const loud = `( $some := $pad('', 30000, 'x'); $error(${Array(100).fill("$some").join(" & ")}) )`;
  const spec = specOf([manual(), transform("loud", loud)], ["start -> loud"]);
  const { run: started } = await engine.startRun({ workflowId: await create(engine, spec) });
  const done = await ended(engine, started);

  for (const error of [done.error, done.nodeExecutions[1]?.error, (await engine.listRuns({})).runs[0]?.error]) {
    expect(error?.code).toBe("EXPRESSION_FAILED");
    expect(error?.message).toMatch(/^x+… \(cut: 3000000 bytes\)$/);
    expect(Buffer.byteLength(error?.message ?? "")).toBe(4096);
  }
});

test("the reason of a cancellation is cut", async () => {
  const server = await httpServerOnLoopback({ "/": () => undefined });
  const engine = await engineOnLoopback({ allowHosts: server.authority });
  const spec = specOf([manual(), fetching("slow", { url: server.url })], ["start -> slow"]);
  const { run: started } = await engine.startRun({ workflowId: await create(engine, spec) });
  await engine.cancelRun({ runId: idOf(started), reason: "r".repeat(2 * MIB) });

  expect((await ended(engine, started)).error?.message).toMatch(/^r+… \(cut: 2097152 bytes\)$/);
});

test("a header of a response is cut", async () => {
  const server = await httpServerOnLoopback({
    "/": (_request, response) => void response.setHeader("x-long", "h".repeat(8000)).end(),
  });
  const done = await run(specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]), null, {
    allowHosts: server.authority,
  });

  expect(plain(done.output)).toMatchObject({
    status: 200,
    headers: { "x-long": expect.stringMatching(/^h+… \(cut: 8000 bytes\)$/) },
  });
});

test("a run with an output of 2 MB leaves it out and marks that, and each node has its own output", async () => {
  const engine = await engineOnLoopback();
  const names = Array.from({ length: 9 }, (_, at) => `n${at}`);
  const spec = specOf(
    [manual(), ...names.map((name) => transform(name, "$pad('', 220000, 'x')"))],
    names.map((name) => `start -> ${name}`),
  );
  const { run: started } = await engine.startRun({ workflowId: await create(engine, spec) });
  const done = await ended(engine, started);

  expect(done).toMatchObject({ state: RunState.SUCCEEDED, outputOmitted: true });
  expect(done.output).toBeUndefined();
  const { nodeExecution } = await engine.getNodeExecution({ runId: done.id, nodeId: "n8" });
  expect(plain(nodeExecution?.output)).toHaveLength(220_000);
});

test("a run of a hundred nodes can be read, also with values that are largest as messages", async () => {
  const engine = await engineOnLoopback();
  const names = Array.from({ length: 99 }, (_, at) => `n${at}`);
  const spec = specOf(
    [manual(), ...names.map((name) => transform(name, "input"))],
    names.map((name) => `start -> ${name}`),
  );
  const input = Array.from({ length: 2000 }, () => 1); // 4,001 bytes of JSON, 22,000 of a message
  const started = await engine.startRun({ workflowId: await create(engine, spec), input: value(input) });
  const done = await ended(engine, started.run);

  expect(done.state).toBe(RunState.SUCCEEDED);
  expect(done.nodeExecutions[0]?.payloadOmitted).toBe(false);
  expect(done.nodeExecutions.at(-1)).toMatchObject({ payloadOmitted: true });
});

test("a JSON response with a text of 1 MB fails its node, and the run can be read", async () => {
  const server = await httpServerOnLoopback({ "/": json("x".repeat(MIB - 2)) });
  const done = await run(specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]), null, {
    allowHosts: server.authority,
  });

  expect(done.error?.code).toBe("OUTPUT_TOO_LARGE");
});
