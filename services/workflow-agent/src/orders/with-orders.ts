import { orderOf } from "@agent-team/embedded-planner";
import { ConnectError } from "@connectrpc/connect";
import type { PlanContext, PlanInput, Planner, PlannerEvent } from "../planner.ts";
import { describeDraft } from "./describe-draft.ts";
import { whyRefused } from "./refusal.ts";

const NO_DRAFT = "There is no draft yet. What would you like to automate?";
const GONE = "The draft is gone. What would you like to automate?";

/**
 * The same planner, and orders in the chat: "save it" and "run it" are done by the engine's own API on behalf of the caller,
 * "show it" and "start again" here. Only a whole message of a person is an order, read by fixed rules: a model cannot give one.
 */
export function withOrders(planner: Planner, embedded: Planner): Planner {
  return {
    ...planner,
    plan(input, context) {
      const order = input.open === undefined ? orderOf(input.message) : undefined;
      switch (order) {
        case "save":
          return save(input, context);
        case "run":
          return run(input, context);
        case "start-again":
          return startAgain(input);
        case "show":
          // The embedded planner has the words behind its own drafts.
          return input.draft === undefined ? show(input) : embedded.plan(input, context);
        case undefined:
          return planner.plan(input, context);
        default:
          return order satisfies never;
      }
    },
  };
}

function* startAgain({ draftSpec }: PlanInput): Generator<PlannerEvent> {
  yield text(draftSpec === undefined ? NO_DRAFT : GONE);
  if (draftSpec !== undefined) yield { kind: "start-again" };
}

function* show({ draftSpec }: PlanInput): Generator<PlannerEvent> {
  yield text(draftSpec === undefined ? NO_DRAFT : describeDraft(draftSpec));
}

async function* save({ draftSpec }: PlanInput, { workflows, signal }: PlanContext): AsyncGenerator<PlannerEvent> {
  if (draftSpec === undefined) return yield text(NO_DRAFT);
  try {
    const { id } = await workflows.save(draftSpec);
    yield text(`Saved as workflow ${id}. Say "run it" to run it now, or change the draft: that is saved as another workflow.`);
  } catch (error) {
    yield text(refusalOf("The draft was not saved", error, signal));
  }
}

async function* run({ draftSpec }: PlanInput, { workflows, signal }: PlanContext): AsyncGenerator<PlannerEvent> {
  if (draftSpec === undefined) return yield text(NO_DRAFT);
  let saved = "";
  try {
    const { id } = await workflows.save(draftSpec);
    saved = `Saved as workflow ${id}. `;
    const run = await workflows.run(id);
    yield text(`${saved}Run ${run.id} has started: GET /v1/runs/${run.id} shows how it goes.`);
  } catch (error) {
    yield text(refusalOf(`${saved}It was not started`, error, signal));
  }
}

/** @throws the reason of the signal if that has aborted, and what is no answer of the engine */
function refusalOf(what: string, error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (!(error instanceof ConnectError)) throw error;
  return `${what}: ${whyRefused(error)}`;
}

function text(said: string): PlannerEvent {
  return { kind: "text", text: said };
}
