/** How the channel goes on with a turn after its agent is lost: the next agent gets the id of the turn and the last event. */

import { WorkflowAgentService } from "@agent-team/contracts";
import { type ResumableMethod, resumable } from "@agent-team/grpc-client/connect";

interface Cursor {
  readonly turnId: string;
  readonly sequence: number;
  readonly fence: string;
}

export const RESUMABLE_TURNS: ResumableMethod = resumable(WorkflowAgentService.method.processConversation, {
  cursor({ turnId, sequence, fence, event }): Cursor | undefined {
    if (sequence > 0) return { turnId, sequence, fence };
    // The store has lost what came after it.
    if (event.case === "outputTruncated") return { turnId, sequence: event.value.keepThroughSequence, fence: "" };
    return undefined;
  },
  withCursor: ({ onDisconnect }, { turnId, sequence, fence }) => ({
    turnId,
    resumeAfterSequence: sequence,
    resumeFence: fence,
    ...(onDisconnect === undefined ? {} : { onDisconnect }),
  }),
  isTerminal: ({ event }) => event.case === "turnCompleted" || event.case === "turnFailed",
});
