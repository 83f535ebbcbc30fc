import { WorkflowSpecSchema } from "@agent-team/contracts";
import { clone } from "@bufbuild/protobuf";
import type { PlanInput } from "../planner.ts";
import type { Conversation } from "./conversation.ts";

/**
 * The input of the planner. The last stored message is this one, so the history ends before it. The draft is a copy, which the planner may
 * change: one that has been read is stored again as it was.
 */
export function inputOf({ messages, open, draft, draftSource, saved }: Conversation, message: string): PlanInput {
  const history = messages.slice(0, -1);
  const { request, questions } = open ?? {};
  const draftSpec = draft && clone(WorkflowSpecSchema, draft);
  return { history, message, open: request, questions, draft: draftSource, draftSpec, saved };
}
