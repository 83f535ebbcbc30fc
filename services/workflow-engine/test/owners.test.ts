// Subjects share an engine: one cannot tell another's workflow or run from one that does not exist.
import { InProcessJournal } from "@agent-team/journal";
import { ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type EngineClient, engineOnLoopback, engineWithCallers } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { create, ended, idOf } from "./running.ts";
import { manual, specOf, transform } from "./specs.ts";

const spec = specOf([manual(), transform("double", "1")], ["start -> double"]);

/** The id of no workflow and no run. */
const UNKNOWN = "a".repeat(26);

/** All that a caller sees of a failed call. */
async function seenOf(call: Promise<unknown>): Promise<unknown> {
  const seen = await errorOf(call);
  const { rawMessage } = ConnectError.from(await call.catch((thrown: unknown) => thrown));
  return { ...seen, rawMessage };
}

const callsByWorkflow = [
  ["GetWorkflow", (engine: EngineClient, workflowId: string) => engine.getWorkflow({ workflowId })],
  ["UpdateWorkflow", (engine: EngineClient, workflowId: string) => engine.updateWorkflow({ workflowId, spec })],
  ["DeleteWorkflow", (engine: EngineClient, workflowId: string) => engine.deleteWorkflow({ workflowId })],
  ["StartRun", (engine: EngineClient, workflowId: string) => engine.startRun({ workflowId })],
] as const;

const callsByRun = [
  ["GetRun", (engine: EngineClient, runId: string) => engine.getRun({ runId })],
  ["DeleteRun", (engine: EngineClient, runId: string) => engine.deleteRun({ runId })],
  ["CancelRun", (engine: EngineClient, runId: string) => engine.cancelRun({ runId })],
  ["RerunRun", (engine: EngineClient, runId: string) => engine.rerunRun({ runId })],
  ["GetNodeExecution", (engine: EngineClient, runId: string) => engine.getNodeExecution({ runId, nodeId: "double" })],
] as const;

test.for(callsByWorkflow)("%s has the same error for another's workflow and for an unknown one", async ([, call]) => {
  const as = await engineWithCallers();
  const hers = await create(as("ada"), spec);

  const seen = await seenOf(call(as("bob"), hers));
  expect(seen).toMatchObject({ code: "NotFound", reason: "WORKFLOW_NOT_FOUND" });
  expect(seen).toEqual(await seenOf(call(as("bob"), UNKNOWN)));
  expect((await as("ada").getWorkflow({ workflowId: hers })).workflow).toMatchObject({ owner: "ada", version: 1 });
});

test.for(callsByRun)("%s has the same error for another's run and for an unknown one", async ([, call]) => {
  const as = await engineWithCallers();
  const { run } = await as("ada").startRun({ workflowId: await create(as("ada"), spec) });
  await ended(as("ada"), run);

  const seen = await seenOf(call(as("bob"), idOf(run)));
  expect(seen).toMatchObject({ code: "NotFound", reason: "RUN_NOT_FOUND" });
  expect(seen).toEqual(await seenOf(call(as("bob"), UNKNOWN)));
});

test("lists show only the caller's workflows and runs, also with the id of another's workflow", async () => {
  const as = await engineWithCallers();
  const hers = await create(as("ada"), spec);
  const his = await create(as("bob"), spec);
  const run = await ended(as("ada"), (await as("ada").startRun({ workflowId: hers })).run);

  expect((await as("bob").listWorkflows({})).workflows.map(({ id }) => id)).toEqual([his]);
  expect((await as("bob").listRuns({})).runs).toEqual([]);
  expect((await as("bob").listRuns({ workflowId: hers })).runs).toEqual([]);
  expect((await as("ada").listRuns({ workflowId: hers })).runs.map(({ id }) => id)).toEqual([run.id]);
});

test("the same request id of two subjects creates two workflows and two runs", async () => {
  const as = await engineWithCallers();
  const made = await Promise.all(
    ["ada", "bob"].map(async (subject) => {
      const { workflow } = await as(subject).createWorkflow({ spec, requestId: "r1" });
      const { run } = await as(subject).startRun({ workflowId: workflow?.id ?? "", requestId: "r1" });
      return [workflow?.id, (await ended(as(subject), run)).id];
    }),
  );

  expect(new Set(made.flat()).size).toBe(4);
});

test("for any name of a subject, its lists show nothing of another subject", async () => {
  const as = await engineWithCallers();
  const hers = await create(as("ada"), spec);
  const { run } = await as("ada").startRun({ workflowId: hers });
  await ended(as("ada"), run);
  // A slash could make the name of an index of hers.
  const near = fc.constantFrom(
    `ada/${hers}`,
    "ada/",
    "/ada",
    "ada%2F",
    "ada%2f",
    "Ada",
    " ada",
    "ada ",
    "ada\0",
    "local",
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(near, fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 })), async (other) => {
      fc.pre(other !== "ada");
      const engine = as(other);
      expect((await engine.listWorkflows({})).workflows).toEqual([]);
      expect((await engine.listRuns({})).runs).toEqual([]);
      expect((await engine.listRuns({ workflowId: hers })).runs).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("a subject with a slash in its name has only its own runs", async () => {
  const as = await engineWithCallers();
  const hers = await create(as("ada"), spec);
  const his = await create(as(`ada/${hers}`), spec);
  const { run } = await as(`ada/${hers}`).startRun({ workflowId: his });
  await ended(as(`ada/${hers}`), run);

  expect((await as("ada").listRuns({ workflowId: hers })).runs).toEqual([]);
  expect((await as(`ada/${hers}`).listRuns({})).runs.map(({ id }) => id)).toEqual([idOf(run)]);
});

test("a call without an identity is refused, and workflows from the time without identities belong to the subject local", async () => {
  const journal = new InProcessJournal();
  const before = await create(await engineOnLoopback({ journal }), spec);
  const as = await engineWithCallers({ journal });

  expect(await errorOf(as().getWorkflow({ workflowId: before }))).toMatchObject({
    code: "Unauthenticated",
    reason: "IDENTITY_MISSING",
  });
  expect(await errorOf(as("ada").getWorkflow({ workflowId: before }))).toMatchObject({ code: "NotFound" });
  expect((await as("local").getWorkflow({ workflowId: before })).workflow?.owner).toBe("local");
});
