import type { Question, WorkflowSpec } from "@agent-team/contracts";
import { embeddedPlanner } from "../src/planner/embedded.ts";
import type { OpenRequest, PlanInput, PlannerEvent } from "../src/planner/planner.ts";

/** What one turn of the planner amounts to. */
export interface Planned {
  readonly text: string;
  readonly spec?: WorkflowSpec | undefined;
  readonly leftOut: readonly string[];
  readonly questions: readonly Question[];
  readonly open?: OpenRequest | undefined;
}

export function events(input: Omit<PlanInput, "history">): readonly PlannerEvent[] {
  const context = { signal: new AbortController().signal };
  return [...(embeddedPlanner.plan({ history: [], ...input }, context) as Iterable<PlannerEvent>)];
}

/** Plays a conversation to its last turn: a message, then the answers to what was asked. */
export function converse(message: string, ...answers: readonly string[]): Planned {
  let planned = sum(events({ message }));
  for (const answer of answers) planned = sum(events({ message: answer, open: planned.open }));
  return planned;
}

export function sum(all: readonly PlannerEvent[]): Planned {
  const asked = all.find((event) => event.kind === "questions");
  const draft = all.find((event) => event.kind === "draft");
  return {
    text: all.map((event) => (event.kind === "text" ? event.text : "")).join(""),
    spec: draft?.spec,
    leftOut: draft?.notUnderstood ?? [],
    questions: asked?.questions ?? [],
    open: asked?.open,
  };
}
