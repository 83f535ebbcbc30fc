// A stored document that cannot be read affects neither the rest of its list nor the other methods.
import { InProcessJournal } from "@agent-team/journal";
import { expect, test } from "vitest";
import { engineOnLoopback } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { create, ended, idOf } from "./running.ts";
import { manual, specOf } from "./specs.ts";

/** Not JSON, no objects, no fields, and fields of another document. */
const UNREADABLE = [
  "{",
  "7",
  "null",
  "{}",
  '{"deleted":{}}',
  '{"events":[]}',
  '{"workflow":{}}',
  '{"workflow":{"id":7}}',
];

async function engineWithLog() {
  const journal = new InProcessJournal();
  const log: { readonly level: string; readonly key?: string }[] = [];
  const engine = await engineOnLoopback({ journal, onLogLine: (line) => void log.push(JSON.parse(line)) });
  const workflowId = await create(engine, specOf([manual()]));
  const errors = (): unknown => log.filter(({ level }) => level === "error").map(({ key }) => key);
  return { journal, engine, workflowId, errors };
}

test.for(UNREADABLE)("ListWorkflows omits the unreadable document %s, which is logged once", async (text) => {
  const { journal, engine, workflowId, errors } = await engineWithLog();
  await journal.put("workflow/broken", Buffer.from(text), { indexes: ["workflows/local"] });
  const second = await create(engine, specOf([manual()]));
  const listed = async (): Promise<unknown> => (await engine.listWorkflows({})).workflows.map(({ id }) => id);

  expect(await listed()).toEqual([second, workflowId]);
  expect(await listed()).toEqual([second, workflowId]);
  expect(errors()).toEqual(["workflow/broken"]);
});

test.for(UNREADABLE)("ListRuns omits the unreadable document %s, which is logged once", async (text) => {
  const { journal, engine, workflowId, errors } = await engineWithLog();
  const run = async (): Promise<string> => idOf(await ended(engine, (await engine.startRun({ workflowId })).run));
  const first = await run();
  await journal.put("run/broken", Buffer.from(text), { indexes: ["runs/local", `runs/local/${workflowId}`] });
  const second = await run();
  const listed = async (request: { workflowId?: string; pageToken?: string }): Promise<unknown> =>
    (await engine.listRuns(request)).runs.map(({ id }) => id);

  expect(await listed({})).toEqual([second, first]);
  expect(await listed({ workflowId })).toEqual([second, first]);
  expect(errors()).toEqual(["run/broken"]);
});

test("a document that is not JSON is quoted neither in the answer nor in the log", async () => {
  const journal = new InProcessJournal();
  const lines: string[] = [];
  const engine = await engineOnLoopback({ journal, onLogLine: (line) => void lines.push(line) });
  const workflowId = await create(engine, specOf([manual()]));
  const runId = idOf(await ended(engine, (await engine.startRun({ workflowId })).run));
  for (const key of [`workflow/${workflowId}`, `run/${runId}`]) await journal.put(key, Buffer.from("my secret"));

  const errors = [
    await errorOf(engine.getWorkflow({ workflowId })),
    await errorOf(engine.getRun({ runId })),
    await errorOf(engine.deleteWorkflow({ workflowId })),
  ];
  expect(lines).toHaveLength(errors.length);
  expect(JSON.stringify([errors, lines])).not.toContain("secret");
});
