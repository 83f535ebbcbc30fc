import fc from "fast-check";
import { expect, test } from "vitest";
import { forEach, manual, specOf, transform } from "../../test/specs.ts";
import { anySpec, Story } from "../../test/story.ts";
import { Graph } from "../graph.ts";
import { foldRun } from "./fold.ts";
import { keptEvents } from "./kept-events.ts";

test("a loop goes on at the item that failed", () => {
  const spec = specOf([manual(), forEach("each", "1"), transform("a", "1")], ["start -> each", "each -item-> a"]);
  const before = new Story(spec).succeeds("start").loops("each", ["x", "y", "z"]).succeeds("a.0", 10).fails("a.1");
  expect(before.end).toEqual(["failed", "X"]);

  const story = new Story(spec, keptEvents(Graph.of(spec), before.events));
  expect(story.states).toEqual({ start: "succeeded", each: "looping", "a.0": "succeeded", "a.1": "running" });
  expect(story.succeeds("a.1", 20).succeeds("a.2", 30).end).toEqual([10, 20, 30]);
});

test("a person's decision is kept", () => {
  const spec = specOf(
    [manual(), transform("ask", "1"), transform("last", "1")],
    ["start -> ask", "ask -approved-> last"],
  );
  const decision = { approved: true, comment: "", by: "ada", timeMs: 1, requestId: "r" };
  const before = new Story(spec)
    .succeeds("start")
    .happens({ type: "node_waiting", timeMs: 1, nodeId: "ask", input: "in", outputKey: "expired", prompt: "?" })
    .happens({ type: "node_decided", timeMs: 1, nodeId: "ask", outputKey: "approved", decision })
    .fails("last");

  const story = new Story(spec, keptEvents(Graph.of(spec), before.events));
  expect(foldRun(story.events).nodes.get("ask")).toMatchObject({ state: "succeeded", output: "in", decision });
  expect(story.running).toEqual(["last"]);
});

test("for any graph and any events, a run that goes on ends each node once, and no node again that had ended well", () => {
  const anyStep = fc.record({ pick: fc.nat(), fate: fc.nat(9) });
  fc.assert(
    fc.property(anySpec, fc.infiniteStream(anyStep), (spec, steps) => {
      const before = new Story(spec);
      const subtypeOf = (id: string): string | undefined => spec.nodes.find((node) => node.id === id)?.subtype;
      const step = (story: Story, mayFail: boolean): void => {
        const { pick, fate } = steps.next().value;
        const id = story.running[pick % story.running.length] ?? "";
        if (mayFail && fate === 0) story.isStopped("timed_out");
        else if (mayFail && fate < 4) story.fails(id);
        else story.succeeds(id, fate, subtypeOf(id) === "IF" ? String(fate % 2 === 0) : "result");
      };
      while (before.running.length > 0) step(before, true);
      fc.pre(foldRun(before.events).end?.state !== "succeeded");

      const kept = keptEvents(Graph.of(spec), before.events);
      const story = new Story(spec, kept);
      while (story.running.length > 0) step(story, false);

      expect(foldRun(story.events).end?.state).toBe("succeeded");
      const ended = story.events.filter(({ type }) => /^node_(succeeded|failed|skipped)/.test(type)) as {
        nodeId: string;
      }[];
      expect(ended.map(({ nodeId }) => nodeId).toSorted()).toEqual(spec.nodes.map(({ id }) => id).toSorted());
      const well = Object.entries(before.states).filter(([, state]) => state === "succeeded" || state === "skipped");
      expect(kept).toEqual(expect.arrayContaining(well.map(([nodeId]) => expect.objectContaining({ nodeId }))));
    }),
    { numRuns: 200 },
  );
});
