import type { Order } from "@agent-team/embedded-planner";
import type { PlanContext, PlanInput, Planner, PlannerEvent } from "../planner.ts";
import { activate, deactivate, type Input, replace, run, save } from "./carry-out.ts";
import { describeDraft } from "./describe-draft.ts";
import { askWhich, givenOrder, withoutOrderQuestion } from "./order-question.ts";

const NO_DRAFT = "There is no draft yet. What would you like to automate?";

/**
 * The same planner, and orders in the chat: "save it" and "run it" are carried out by the engine's own API on behalf of the
 * caller, "show it" and "start again" here. Only a whole message of a person is an order, read by fixed rules: a model cannot
 * give one, it can only have the person asked.
 */
export function withOrders(planner: Planner, embedded: Planner): Planner {
  return {
    ...planner,
    restarts: (given) => orderFor(given) !== undefined,
    plan(given, context) {
      const order = orderFor(given);
      const input = withoutOrderQuestion(given);
      if (order === undefined) return planner.plan(input, context);
      if (order === "nothing") return [say("All right: I have saved nothing and run nothing.")];
      if (input.draftSpec === undefined) return [say(NO_DRAFT)];
      // The embedded planner has the words behind its own drafts.
      if (order === "show" && input.draft !== undefined) return embedded.plan(input, context);
      return input.open === undefined || order === "show" || order === "start-again"
        ? carryOut(order, { ...input, draftSpec: input.draftSpec }, context)
        : askFirst(input);
    },
  };
}

/** A message that may answer a planner's question is that planner's, unless there is a draft to which an order can refer. */
function orderFor(given: PlanInput): Order | undefined {
  const { open, draftSpec } = withoutOrderQuestion(given);
  const order = givenOrder(given);
  if (open === undefined) return order;
  const isAnswer = draftSpec === undefined || order === "nothing" || /^\W*forget\b/i.test(given.message);
  return isAnswer ? undefined : order;
}

function carryOut(
  order: Exclude<Order, "nothing">,
  input: Input,
  context: PlanContext,
): AsyncIterable<PlannerEvent> | Iterable<PlannerEvent> {
  switch (order) {
    case "save":
      return save(input, context);
    case "save-as-new":
      return save(input, context, true);
    case "replace":
      return replace(input, context);
    case "run":
      return run(input, context);
    case "start":
      return start(input, context);
    case "activate":
      return activate(input, context);
    case "deactivate":
      return deactivate(input, context);
    case "show":
      return [say(describeDraft(input.draftSpec))];
    case "start-again":
      return startAgain(input);
    default:
      return order satisfies never;
  }
}

function* startAgain({ saved }: Input): Generator<PlannerEvent> {
  const kept = saved === undefined ? "" : ` Workflow ${saved.workflowId} stays stored.`;
  yield say(`The draft is gone.${kept} What would you like to automate?`);
  yield { kind: "start-again" };
}

/** With a schedule or a webhook the words have two meanings. */
function start(input: Input, context: PlanContext): ReturnType<typeof carryOut> {
  const trigger = input.draftSpec.nodes.find(({ subtype }) => subtype === "CRON" || subtype === "WEBHOOK");
  if (trigger === undefined) return run(input, context);
  const what = trigger.subtype === "CRON" ? "its schedule" : "its webhook";
  return askWhich(`Shall I run it once now, or let ${what} start it?`, ["run it", "activate it"], input.message);
}

/** A question about the draft is open: what would be stored is not what the person is about to have. */
function* askFirst({ open, questions = [] }: PlanInput): Generator<PlannerEvent> {
  const texts = questions.map(({ text }) => text).join(" ");
  yield { kind: "stage", stage: "clarifying", detail: questions[0]?.id ?? "" };
  yield say(
    `I have done nothing yet, because a question is open: ${texts} Answer it, or say "never mind" to keep the draft.`,
  );
  if (open !== undefined) yield { kind: "questions", questions, open };
}

function say(text: string): PlannerEvent {
  return { kind: "text", text };
}
