import {
  type ProcessConversationResponseSchema,
  type Question,
  Stage,
  type TurnFailed,
  TurnFailedSchema,
} from "@agent-team/contracts";
import type { ModelUsage } from "@agent-team/language-models";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import type { Failure } from "../errors.ts";

/** An event of a turn without its number. */
export type TurnEvent = Pick<MessageInitShape<typeof ProcessConversationResponseSchema>, "message" | "event">;

export function started(conversationId: string, planner: string, deadlineMs: number): TurnEvent {
  return {
    event: {
      case: "turnStarted",
      value: { conversationId, planner, deadline: timestampFromMs(Math.round(deadlineMs)) },
    },
  };
}

export function stageChanged(stage: Stage, detail = ""): TurnEvent {
  return { event: { case: "stageChanged", value: { stage, detail } } };
}

export function clarificationAsked(questions: readonly Question[]): TurnEvent {
  return { event: { case: "clarificationAsked", value: { questions: [...questions] } } };
}

export function completed(usage: ModelUsage, takeovers: number): TurnEvent {
  return { event: { case: "turnCompleted", value: { usage: { ...usage, takeovers } } } };
}

/** The events after `keepThroughSequence` are void. */
export function truncated(keepThroughSequence: number, reason: "STEP_RESTARTED" | "STORE_LOST_EVENTS"): TurnEvent {
  return { event: { case: "outputTruncated", value: { keepThroughSequence, reason } } };
}

export function heartbeat(recovering: boolean): TurnEvent {
  return { event: { case: "heartbeat", value: { recovering } } };
}

export function failed({ code, reason, message }: Failure): TurnEvent {
  return { event: { case: "turnFailed", value: toTurnFailed(code, reason, message) } };
}

function toTurnFailed(code: Code, reason: string, detail: string): TurnFailed {
  const retryable = code === Code.DeadlineExceeded || code === Code.Unavailable || code === Code.Aborted;
  return create(TurnFailedSchema, { code: canonicalName(code), reason, detail, retryable });
}

/** "DeadlineExceeded" as the canonical "DEADLINE_EXCEEDED"; gRPC spells CANCELLED with two L. */
function canonicalName(code: Code): string {
  if (code === Code.Canceled) return "CANCELLED";
  return (Code[code] ?? "Unknown").replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
}

/** The code of a `turn_failed`: the reverse of `canonicalName`. UNKNOWN for a name of a later version. */
export function codeOf({ code }: TurnFailed): Code {
  for (let each: Code = Code.Canceled; each <= Code.Unauthenticated; each++)
    if (canonicalName(each) === code) return each;
  return Code.Unknown;
}
