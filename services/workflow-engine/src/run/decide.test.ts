import { durationFromMs } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { expect, test } from "vitest";
import { manual, merge, specOf, transform, when } from "../../test/specs.ts";
import { anySpec, Story } from "../../test/story.ts";
import { Graph } from "../graph.ts";
import { MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { RunEvent } from "../run-event.ts";
import { decide, nextMoment } from "./decide.ts";
import { foldRun } from "./fold.ts";

const branching = specOf(
  [
    manual(),
    when("large", "input"),
    transform("yes", "1"),
    transform("no", "2"),
    transform("after_no", "3"),
    transform("last", "4"),
  ],
  ["start -> large", "large -true-> yes", "large -false-> no", "no -> after_no", "yes -> last", "after_no -> last"],
);

test("a run starts with its trigger", () => {
  expect(new Story(branching).running).toEqual(["start"]);
});

test("a branch that is not taken is skipped up to the node where it joins one that is", () => {
  const story = new Story(branching).succeeds("start").succeeds("large", "in", "true").succeeds("yes");

  expect(story.states).toMatchObject({ no: "skipped", after_no: "skipped", last: "running" });
  expect(story.succeeds("last", "the end").end).toBe("the end");
});

test("the output of a run with several last nodes is an object by their ids", () => {
  const spec = specOf([manual(), transform("a", "1"), transform("b", "1")], ["start -> a", "start -> b"]);

  expect(new Story(spec).succeeds("start").succeeds("a", 1).succeeds("b", 2).end).toEqual({ a: 1, b: 2 });
});

test("a condition without a connection for its answer ends the run with its own output", () => {
  const spec = specOf(
    [manual(), when("large", "input"), transform("yes", "1")],
    ["start -> large", "large -true-> yes"],
  );
  const story = new Story(spec).succeeds("start").succeeds("large", "small", "false");

  expect(story.states).toMatchObject({ yes: "skipped" });
  expect(story.end).toBe("small");
});

test("a merge waits for every branch that was taken, and for no other", () => {
  const spec = specOf(
    [manual(), transform("a", "1"), transform("b", "1"), when("c", "1"), transform("d", "1"), merge("all")],
    ["start -> a", "start -> b", "start -> c", "c -true-> d", "a -> all", "b -> all", "d -> all"],
  );
  const story = new Story(spec).succeeds("start").succeeds("a").succeeds("c", null, "false");

  expect(story.states["all"]).toBeUndefined();
  expect(story.succeeds("b").states["all"]).toBe("running");
});

test("after a failure no node starts, running nodes may finish, and the run fails", () => {
  const spec = specOf(
    [manual(), transform("bad", "1"), transform("slow", "1"), transform("next", "1")],
    ["start -> bad", "start -> slow", "slow -> next"],
  );
  const story = new Story(spec).succeeds("start").fails("bad");

  expect(story.running).toEqual(["slow"]);
  expect(story.end).toBeUndefined();
  expect(story.succeeds("slow").end).toEqual(["failed", "X"]);
  expect(story.states).toEqual({ start: "succeeded", bad: "failed", slow: "succeeded" });
});

test("a run leaves a node with a handled failure by error", () => {
  const spec = specOf(
    [manual(), transform("risky", "1", { continueOnError: true }), transform("good", "1"), transform("mend", "1")],
    ["start -> risky", "risky -> good", "risky -error-> mend"],
  );
  const story = new Story(spec).succeeds("start").fails("risky");

  expect(story.states).toMatchObject({ risky: "failed", good: "skipped", mend: "running" });
  expect(story.succeeds("mend", "mended").end).toBe("mended");
});

test.for(["canceled", "timed_out"] as const)("a run that is %s aborts its running nodes and ends", (as) => {
  const story = new Story(branching).succeeds("start").isStopped(as);

  expect(story.states).toEqual({ start: "succeeded", large: "canceled" });
  expect(story.end).toEqual([as, as === "canceled" ? "CANCELED" : "RUN_TIMEOUT"]);
});

test("the end of an aborted node changes nothing, nor does a second stop request", () => {
  const story = new Story(branching).isStopped("canceled").succeeds("start").isStopped("timed_out");

  expect(story.states).toEqual({ start: "canceled" });
  expect(story.end).toEqual(["canceled", "CANCELED"]);
});

test("a node that waits keeps the nodes behind it from starting, until its time; then its input leaves it", () => {
  const story = new Story(specOf([manual(), transform("next", "1")], ["start -> next"])).waits("start", 3);

  expect(story.states).toEqual({ start: "waiting" });
  expect(story.end).toBeUndefined();
  expect(nextMoment(Graph.of(specOf([])), foldRun(story.events))).toBe(3);
  expect(new Story(specOf([manual()])).waits("start", 2).end).toBe("start");
});

test("a failed attempt is followed by the next one at its time", () => {
  expect(new Story(branching).retries("start", 3).states).toEqual({ start: "retrying" });
  const story = new Story(branching).retries("start", 2);
  expect(foldRun(story.events).nodes.get("start")).toMatchObject({ state: "running", attempt: 2 });
});

test("waits end with a stop request, and with the failure of another node", () => {
  expect(new Story(branching).waits("start", 9).isStopped("canceled").end).toEqual(["canceled", "CANCELED"]);
  const spec = specOf([manual(), transform("a", "1"), transform("b", "1")], ["start -> a", "start -> b"]);
  const story = new Story(spec).succeeds("start").waits("a", 9).fails("b");
  expect(story.states).toEqual({ start: "succeeded", a: "canceled", b: "failed" });
  expect(story.end).toEqual(["failed", "X"]);
});

test("the time of a run counts while a node runs, and its life ends after 30 days", () => {
  const graph = Graph.of({ ...specOf([manual()]), runTimeout: durationFromMs(100) });
  const events: RunEvent[] = [
    { type: "run_started", timeMs: 0, input: null },
    { type: "node_started", timeMs: 10, nodeId: "start" },
  ];
  expect(nextMoment(graph, foldRun(events))).toBe(110);
  expect(decide(graph, events, 110)).toMatchObject([{ kind: "time-out" }]);
  events.push({ type: "node_waiting", timeMs: 50, nodeId: "start", input: null, outputKey: "result" });
  expect(nextMoment(graph, foldRun(events))).toBe(MAX_RUN_TIMEOUT_MS);
  expect(decide(graph, events, MAX_RUN_TIMEOUT_MS)).toMatchObject([{ kind: "time-out" }]);
  events.push({ type: "node_woken", timeMs: 1000, nodeId: "start", outputKey: "result" });
  events.push({ type: "node_started", timeMs: 1000, nodeId: "next" });
  expect(nextMoment(graph, foldRun(events))).toBe(1060);
});

test("after the end of a run there are no commands", () => {
  const story = new Story(specOf([manual()])).succeeds("start");

  expect(story.end).toBe("start");
  expect(decide(Graph.of(specOf([manual()])), story.events, 2)).toEqual([]);
});

test("for any graph and any events, a run ends, each node ends at most once, and all of them end when the run succeeds", () => {
  const anyStep = fc.record({ pick: fc.nat(), fate: fc.nat(9) });
  fc.assert(
    fc.property(anySpec, fc.infiniteStream(anyStep), (spec, steps) => {
      const story = new Story(spec);
      while (story.running.length > 0) {
        const { pick, fate } = steps.next().value;
        const id = story.running[pick % story.running.length] ?? "";
        const subtype = spec.nodes.find((node) => node.id === id)?.subtype;
        if (fate === 0) story.isStopped("canceled");
        else if (fate === 1) story.fails(id);
        else if (fate === 2) story.waits(id, 1);
        else if (fate === 3) story.retries(id, 1);
        else story.succeeds(id, fate, subtype === "IF" ? String(fate % 2 === 0) : "result");
      }

      const ends = story.events.filter((event) =>
        /^node_(succeeded|failed|skipped|canceled|woken)/.test(event.type),
      ) as {
        readonly nodeId: string;
      }[];
      const ids = ends.map(({ nodeId }) => nodeId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(story.events.filter(({ type }) => type === "run_ended")).toHaveLength(1);
      expect(story.events.at(-1)?.type).toBe("run_ended");
      if (foldRun(story.events).end?.state === "succeeded") expect(ids).toHaveLength(spec.nodes.length);
    }),
    { numRuns: 300 },
  );
});
