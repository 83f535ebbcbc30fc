/** Logs that an earlier version has recorded stay readable: the files are not made again when the code changes. */
import { readFileSync } from "node:fs";
import { WorkflowSpecSchema } from "@agent-team/contracts";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Graph } from "../graph.ts";
import type { RunEvent } from "../run-event.ts";
import { decide } from "./decide.ts";
import { foldRun } from "./fold.ts";

interface Recorded {
  readonly spec: JsonValue;
  readonly events: readonly RunEvent[];
  readonly states: Readonly<Record<string, string>>;
  readonly end: object;
}

function read(name: string): Recorded {
  const path = new URL(`../../test/recorded-runs/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, "utf8")) as Recorded;
}

test.for(["ended", "canceled"])("the recorded run %s has the state that it had, and nothing is left to do", (name) => {
  const { spec, events, states, end } = read(name);
  const run = foldRun(events);

  expect(Object.fromEntries([...run.nodes].map(([id, { state }]) => [id, state]))).toEqual(states);
  expect(run.end).toMatchObject(end);
  expect(decide(Graph.of(fromJson(WorkflowSpecSchema, spec)), events, 0)).toEqual([]);
});

test("the recorded runs have every kind of event", () => {
  const types = new Set(["ended", "canceled"].flatMap((name) => read(name).events.map(({ type }) => type)));
  const all = {
    run_started: 1,
    run_taken: 1,
    run_parked: 1,
    run_ended: 1,
    stop_requested: 1,
    node_started: 1,
    node_succeeded: 1,
    node_failed: 1,
    node_waiting: 1,
    node_looping: 1,
    node_woken: 1,
    node_decided: 1,
    node_retrying: 1,
    node_skipped: 1,
    node_canceled: 1,
  } satisfies Record<RunEvent["type"], 1>;

  expect([...types].toSorted()).toEqual(Object.keys(all).toSorted());
});

test("an event that this version does not know stops the fold, so that its engine leaves the run alone", () => {
  const unknown = { type: "node_teleported", timeMs: 1, nodeId: "n" } as unknown as RunEvent;

  expect(() => foldRun([...read("ended").events.slice(0, 3), unknown])).toThrow(
    /does not know the event node_teleported/,
  );
});
