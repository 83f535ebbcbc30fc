import { expect, test } from "vitest";
import { embeddedPlanner } from "../src/embedded-planner.ts";
import type { PlanInput, PlannerEvent } from "../src/planner.ts";
import { noEngine } from "./no-engine.ts";

function events(input: Omit<PlanInput, "history">): readonly PlannerEvent[] {
  const context = noEngine();
  return [...(embeddedPlanner.plan({ history: [], ...input }, context) as Iterable<PlannerEvent>)];
}

test("text comes in pieces of at most three words", () => {
  const pieces = events({ message: "Hello, workflow!" }).flatMap((event) =>
    event.kind === "text" ? [event.text] : [],
  );
  expect(pieces.length).toBeGreaterThan(10);
  expect(Math.max(...pieces.map((piece) => piece.trim().split(/\s+/).length))).toBe(3);
});

test("a question comes after its stage and its text, with the request that it keeps open", () => {
  const all = events({ message: "fetch the orders" });
  const [first, last] = [all.at(0), all.at(-1)];

  expect(first).toEqual({ kind: "stage", stage: "clarifying", detail: "url" });
  expect(last).toMatchObject({
    kind: "questions",
    questions: [{ id: "url" }],
    open: { request: "fetch the orders", answers: [] },
  });
  expect(all.slice(1, -1).every(({ kind }) => kind === "text")).toBe(true);
});

test("a draft comes after its stage and its text, with the words that were left out", () => {
  const open = { request: "fetch https://x.test/a and frobnicate", answers: [] };
  const all = events({ message: "leave it out", open });

  expect(all.at(0)).toEqual({ kind: "stage", stage: "planning", detail: "2 steps" });
  expect(all.at(-1)).toMatchObject({ kind: "draft", notUnderstood: ["frobnicate"] });
});
