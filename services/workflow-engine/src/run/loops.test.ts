import type { WorkflowSpec } from "@agent-team/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { forEach, manual, specOf, transform, when } from "../../test/specs.ts";
import { anySpec, Story } from "../../test/story.ts";
import { foldRun } from "./fold.ts";

/** For each item `a`, then `b` or `c`; `after` comes when all have ended. */
const looping = specOf(
  [
    manual(),
    forEach("each", "input"),
    when("a", "1"),
    transform("b", "1"),
    transform("c", "1"),
    transform("after", "1"),
  ],
  ["start -> each", "each -item-> a", "a -true-> b", "a -false-> c", "each -> after"],
);

test("a loop runs its body once for each item, one after the other, and gives the list of their outputs", () => {
  const story = new Story(looping).succeeds("start").loops("each", ["x", "y"]);
  expect(story.running).toEqual(["a.0"]);
  story.succeeds("a.0", "x", "true");
  expect(story.running).toEqual(["b.0"]);
  story.succeeds("b.0", 10);
  expect(story.running).toEqual(["a.1"]);
  story.succeeds("a.1", "y", "false").succeeds("c.1", 20);

  expect(story.states).toMatchObject({ each: "succeeded", "c.0": "skipped", "b.1": "skipped", after: "running" });
  expect(foldRun(story.events).nodes.get("each")).toMatchObject({ input: "in", outputKey: "result", output: [10, 20] });
  expect(story.succeeds("after", "end").end).toBe("end");
});

test("as many items are worked on at once as the loop says, and the next one begins when one has ended", () => {
  const story = new Story(looping).succeeds("start").loops("each", [1, 2, 3, 4], 2);
  expect(story.running).toEqual(["a.0", "a.1"]);
  story.succeeds("a.1", 0, "true");
  expect(story.running).toEqual(["a.0", "b.1"]);
  expect(story.succeeds("b.1").running).toEqual(["a.0", "a.2"]);
});

test("an empty list ends its loop at once and skips the body, and so does a loop that is not reached", () => {
  const story = new Story(looping).succeeds("start").loops("each", []);
  expect(story.states).toMatchObject({ each: "succeeded", a: "skipped", b: "skipped", c: "skipped", after: "running" });

  const around = specOf(
    [manual(), when("large", "1"), forEach("each", "1"), transform("a", "1")],
    ["start -> large", "large -true-> each", "each -item-> a"],
  );
  const passed = new Story(around).succeeds("start").succeeds("large", 0, "false");
  expect(passed.states).toMatchObject({ each: "skipped", a: "skipped" });
});

test("a failure in a loop fails the run, unless its node continues; a loop that waits is canceled with its run", () => {
  const failing = new Story(looping).succeeds("start").loops("each", [1, 2]).fails("a.0");
  expect(failing.end).toEqual(["failed", "X"]);
  expect(failing.states).toMatchObject({ "a.0": "failed", each: "canceled" });

  const patient = specOf(
    [manual(), forEach("each", "1"), transform("a", "1", { continueOnError: true }), transform("mend", "1")],
    ["start -> each", "each -item-> a", "a -error-> mend"],
  );
  const going = new Story(patient).succeeds("start").loops("each", [1, 2]).fails("a.0").succeeds("mend.0", "mended");
  expect(going.succeeds("a.1", "fine").end).toEqual(["mended", "fine"]);

  const waiting = new Story(looping).succeeds("start").loops("each", [1]).waits("a.0", 9).isStopped("canceled");
  expect(waiting.states).toMatchObject({ "a.0": "canceled", each: "canceled" });
});

test("outputs that are too large together fail their loop", () => {
  const story = new Story(looping).succeeds("start").loops("each", [1, 2], 2);
  for (const id of ["a.0", "a.1"]) story.succeeds(id, 0, "true").succeeds(id.replace("a", "b"), "x".repeat(140_000));
  expect(story.end).toEqual(["failed", "OUTPUT_TOO_LARGE"]);
});

test("for any body, list and concurrency, a loop ends each of its nodes once, and works on no more items than it may", () => {
  const anySize = fc.nat(5);
  const anyConcurrency = fc.integer({ min: 1, max: 3 });
  fc.assert(
    fc.property(anySpec, anySize, anyConcurrency, fc.infiniteStream(fc.nat()), (inner, size, concurrency, picks) => {
      fc.pre(inner.nodes.length > 1);
      const story = new Story(loopOver(inner)).succeeds("start").loops("n0", Array(size).fill(0), concurrency);
      while (story.running.length > 0) {
        expect(new Set(story.running.map((id) => id.split(".")[1])).size).toBeLessThanOrEqual(concurrency);
        const pick = picks.next().value;
        const id = story.running[pick % story.running.length] ?? "";
        const subtype = inner.nodes.find((node) => id.startsWith(`${node.id}.`))?.subtype;
        story.succeeds(id, id, subtype === "IF" ? String(pick % 2 === 0) : "result");
      }
      expect(foldRun(story.events).end).toMatchObject({ state: "succeeded", output: { length: size } });
      const ended = story.events.filter(({ type }) => type === "node_succeeded" || type === "node_skipped");
      expect(ended).toHaveLength(2 + Math.max(1, size) * (inner.nodes.length - 1));
    }),
    { numRuns: 100 },
  );
});

/** The nodes behind the trigger of a workflow, in a loop. */
function loopOver({ nodes, connections }: WorkflowSpec): WorkflowSpec {
  const inLoop = connections.map((each) => (each.fromNode === "n0" ? { ...each, outputKey: "item" } : each));
  const spec = specOf([manual(), forEach("n0", "1"), ...nodes.slice(1)], ["start -> n0"]);
  return { ...spec, connections: [...spec.connections, ...inLoop] };
}
