// JSON of too many levels is refused wherever it comes in, because a message that holds it could not be decoded.
import { MAX_JSON_DEPTH, RunState } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { engineOnLoopback } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { httpServerOnLoopback, json } from "./http-server-on-loopback.ts";
import { create, ended, idOf, plain, run, value } from "./running.ts";
import { fetching, manual, merge, specOf, transform } from "./specs.ts";

const SHAPES = {
  lists: (inner: JsonValue): JsonValue => [inner],
  objects: (inner: JsonValue): JsonValue => ({ a: inner }),
} as const;

function nested(levels: number, shape: keyof typeof SHAPES): JsonValue {
  return levels === 0 ? 1 : SHAPES[shape](nested(levels - 1, shape));
}

test.for(["lists", "objects"] as const)(
  "an input of 45 levels of %s passes through a run and is shown",
  async (shape) => {
    const engine = await engineOnLoopback();
    const spec = specOf(
      [manual(), transform("one", "input"), transform("two", "input"), merge("both"), transform("same", "input.one")],
      ["start -> one", "start -> two", "one -> both", "two -> both", "both -> same"],
    );
    const input = nested(MAX_JSON_DEPTH, shape);
    const started = await engine.startRun({ workflowId: await create(engine, spec), input: value(input) });
    const done = await ended(engine, started.run);

    // The merge adds a level.
    expect(done.error).toMatchObject({ code: "OUTPUT_TOO_DEEP", nodeId: "both" });
    expect(done.nodeExecutions.map(({ nodeId }) => nodeId)).toEqual(["start", "one", "two", "both"]);
    const { nodeExecution } = await engine.getNodeExecution({ runId: done.id, nodeId: "two" });
    expect(plain(nodeExecution?.output)).toEqual(input);
  },
);

test.for(["lists", "objects"] as const)(
  "the outputs of several last nodes are shown by id around 45 levels of %s",
  async (shape) => {
    const spec = specOf(
      [manual(), transform("one", "input"), transform("two", "input")],
      ["start -> one", "start -> two"],
    );
    const input = nested(MAX_JSON_DEPTH, shape);

    expect(plain((await run(spec, input)).output)).toEqual({ one: input, two: input });
  },
);

test("an input of 46 levels is refused with the limit", async () => {
  const engine = await engineOnLoopback();
  const workflowId = await create(engine, specOf([manual()]));
  const call = engine.startRun({ workflowId, input: value(nested(46, "lists")) });

  expect(await errorOf(call)).toEqual({ code: "InvalidArgument", reason: "BAD_REQUEST", fields: ["input"] });
  await expect(call).rejects.toThrow("input: more than 45 levels of lists and objects");
});

test("a configuration of 46 levels is not stored", async () => {
  const engine = await engineOnLoopback();
  const spec = specOf(
    [manual(), fetching("get", { url: "https://a.com", body: nested(45, "objects") })],
    ["start -> get"],
  );

  expect(await errorOf(engine.createWorkflow({ spec }))).toEqual({
    code: "InvalidArgument",
    reason: "WORKFLOW_INVALID",
    fields: ["spec.nodes[1].configuration TOO_DEEP"],
  });
});

test("a response of 60 levels fails its node, and the run can be read", async () => {
  const server = await httpServerOnLoopback({ "/": json(nested(60, "objects")) });
  const done = await run(specOf([manual(), fetching("get", { url: server.url })], ["start -> get"]), null, {
    allowHosts: server.authority,
  });

  expect(done.error).toMatchObject({
    code: "OUTPUT_TOO_DEEP",
    message: "get gives more than 45 levels of lists and objects",
  });
});

test("an expression that adds too many levels fails its node, and the run is listed", async () => {
  const engine = await engineOnLoopback();
  const spec = specOf([manual(), transform("wrap", "{ 'a': { 'b': input } }")], ["start -> wrap"]);
  const input = value(nested(44, "lists"));
  const { run: started } = await engine.startRun({ workflowId: await create(engine, spec), input });

  expect((await ended(engine, started)).error?.code).toBe("OUTPUT_TOO_DEEP");
  expect((await engine.listRuns({})).runs).toMatchObject([{ id: idOf(started), state: RunState.FAILED }]);
});
