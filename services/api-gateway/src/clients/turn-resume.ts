/** How a turn goes on after its agent is lost, or for a reader that comes back: the next agent gets the id of the turn and the last event. */

import {
  type ProcessConversationRequestSchema,
  type ProcessConversationResponseSchema,
  WorkflowAgentService,
} from "@agent-team/contracts";
import { type ResumableMethod, type ResumeTrait, resumable } from "@agent-team/grpc-client/connect";

interface Cursor {
  readonly turnId: string;
  readonly sequence: number;
  readonly fence: string;
}

export const TURN_TRAIT: ResumeTrait<
  typeof ProcessConversationRequestSchema,
  typeof ProcessConversationResponseSchema,
  Cursor
> = {
  cursor({ turnId, sequence, fence, event }) {
    if (sequence > 0) return { turnId, sequence, fence };
    // The store has lost what came after it.
    if (event.case === "outputTruncated") return { turnId, sequence: event.value.keepThroughSequence, fence };
    return undefined;
  },
  withCursor: ({ onDisconnect }, { turnId, sequence, fence }) => ({
    turnId,
    resumeAfterSequence: sequence,
    resumeFence: fence,
    ...(onDisconnect === undefined ? {} : { onDisconnect }),
  }),
  isTerminal: ({ event }) => event.case === "turnCompleted" || event.case === "turnFailed",
};

export const RESUMABLE_TURNS: ResumableMethod = resumable(WorkflowAgentService.method.processConversation, TURN_TRAIT);
