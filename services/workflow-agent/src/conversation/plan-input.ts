import type { PlanInput } from "../planner.ts";
import type { Conversation } from "./conversation.ts";

/** The input of the planner. The last stored message is this one, so the history ends before it. */
export function inputOf({ messages, open, draft, draftSource, saved }: Conversation, message: string): PlanInput {
  const history = messages.slice(0, -1);
  const { request, questions } = open ?? {};
  return { history, message, open: request, questions, draft: draftSource, draftSpec: draft, saved };
}
