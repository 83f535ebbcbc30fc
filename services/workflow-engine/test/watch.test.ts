// A run is followed as it goes, from the first event or from a cursor, on any engine.
import { NodeState, RunState, type WatchRunResponse } from "@agent-team/contracts";
import { InProcessJournal } from "@agent-team/journal";
import { expect, test } from "vitest";
import { type EngineClient, engineWithCallers, instance } from "./engine-on-loopback.ts";
import { errorOf } from "./error-of.ts";
import { create, ended, idOf, reached } from "./running.ts";
import { approval, manual, specOf, transform } from "./specs.ts";

const spec = specOf([manual(), approval("ask"), transform("next", "1")], ["start -> ask", "ask -approved-> next"]);

const nameOf = (states: Readonly<Record<string, number>>, state: number): string =>
  Object.entries(states).find(([, value]) => value === state)?.[0] ?? "";

/** A message as a line: "start SUCCEEDED", "run WAITING", "ask asks". */
function lineOf({ event }: WatchRunResponse): string {
  switch (event.case) {
    case "nodeChanged":
      return `${event.value.nodeId} ${nameOf(NodeState, event.value.state)}`;
    case "runStateChanged":
      return `run ${nameOf(RunState, event.value.state)}`;
    case "approvalRequested":
      return `${event.value.nodeId} asks`;
    default:
      return event.case ?? "";
  }
}

const WHOLE = [
  ...["run PENDING", "start RUNNING", "run RUNNING", "start SUCCEEDED", "ask RUNNING", "ask WAITING", "ask asks"],
  ...["run WAITING", "ask SUCCEEDED", "run RUNNING", "next RUNNING", "next SUCCEEDED", "run SUCCEEDED"],
];

/** Reads a run's messages to its end; heartbeats do not count. */
async function watch(engine: EngineClient, runId: string, after?: WatchRunResponse): Promise<WatchRunResponse[]> {
  const cursor = after === undefined ? {} : { resumeAfterSequence: after.sequence, resumeFence: after.fence };
  const seen: WatchRunResponse[] = [];
  for await (const message of engine.watchRun({ runId, ...cursor }))
    if (message.event.case !== "heartbeat") seen.push(message);
  return seen;
}

test("a watcher sees each change of the run and of its nodes, numbered, until the run ends", async () => {
  const journal = new InProcessJournal();
  const [first, second] = [await instance({ journal }), await instance({ journal })];
  const { run } = await first.client.startRun({ workflowId: await create(first.client, spec) });
  const watched = watch(second.client, idOf(run));
  await reached(first.client, run, RunState.WAITING);
  await first.client.signalRun({
    runId: idOf(run),
    nodeId: "ask",
    signal: { case: "approval", value: { approved: true } },
  });

  const seen = await watched;
  expect(seen.map(lineOf)).toEqual(WHOLE);
  expect(seen.map(({ sequence }) => sequence)).toEqual(WHOLE.map((_, at) => at + 1));

  const middle = seen[6];
  expect((await watch(first.client, idOf(run), middle)).map(lineOf)).toEqual(WHOLE.slice(7));
  expect(await watch(first.client, idOf(run), seen.at(-1))).toEqual([]);
});

test("a cursor that the store does not know gets a truncation and then everything", async () => {
  const { client } = await instance({});
  const { run } = await client.startRun({ workflowId: await create(client, specOf([manual()])) });
  await ended(client, run);
  const [first] = await watch(client, idOf(run));

  for (const wrong of [
    { resumeAfterSequence: 3, resumeFence: "other" },
    { resumeAfterSequence: 99, resumeFence: "0" },
  ]) {
    const lines: string[] = [];
    for await (const message of client.watchRun({ runId: idOf(run), ...wrong })) lines.push(lineOf(message));
    expect(lines.slice(0, 2)).toEqual(["historyTruncated", "run PENDING"]);
  }
  expect(first?.fence).toBe("0");
});

test("a draining engine ends its streams with UNAVAILABLE; another owner's run is NOT_FOUND", async () => {
  const { client, engine } = await instance({});
  const { run } = await client.startRun({ workflowId: await create(client, spec) });
  await reached(client, run, RunState.WAITING);
  const watched = errorOf(watch(client, idOf(run)));
  engine.endStreams();
  expect(await watched).toMatchObject({ code: "Unavailable", reason: "ENGINE_ENDING" });

  const as = await engineWithCallers();
  const mine = await as("ada").startRun({ workflowId: await create(as("ada"), specOf([manual()])) });
  expect(await errorOf(watch(as("eve"), idOf(mine.run)))).toMatchObject({ code: "NotFound", reason: "RUN_NOT_FOUND" });
});
