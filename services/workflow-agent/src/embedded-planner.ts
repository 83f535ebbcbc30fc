import { EMBEDDED_PLANNER, plan, warmUp } from "@agent-team/embedded-planner";
import { type Clock, delay } from "@agent-team/foundation/clock";
import { chunks } from "./chunks.ts";
import { askForOrder } from "./orders/order-question.ts";
import type { PlanInput, Planner, PlannerEvent } from "./planner.ts";

/** The embedded planner behind the port: its plan, as the events of a turn. */
export const embeddedPlanner: Planner = { name: EMBEDDED_PLANNER, continuation: "recompute", plan: toEvents };

/** Prepares the planner for its first message. What others ask meanwhile is answered between two steps. */
export async function warmUpPlanner(clock: Clock): Promise<void> {
  for (const _ of warmUp()) await delay(clock, 0);
}

function* toEvents({ message, open, draft, draftSpec }: PlanInput): Generator<PlannerEvent> {
  const planned = plan({ message, open, draft, hasDraft: draftSpec !== undefined });
  if (planned.kind === "question") yield { kind: "stage", stage: "clarifying", detail: planned.question.id };
  if (planned.kind === "draft") {
    yield { kind: "stage", stage: "planning", detail: `${planned.spec.nodes.length} steps` };
  }
  for (const text of chunks(planned.text)) yield { kind: "text", text };
  if (planned.kind === "question") yield { kind: "questions", questions: [planned.question], open: planned.open };
  if (planned.kind === "draft") {
    const { spec, notUnderstood, source } = planned;
    yield { kind: "draft", spec, notUnderstood, source };
  }
  if (planned.kind === "answer" && planned.mayMean !== undefined) yield* askForOrder(planned.mayMean, message, " ");
  if (planned.kind === "answer" && planned.order === "start-again") yield { kind: "start-again" };
}
