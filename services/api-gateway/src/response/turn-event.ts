import { type ProcessConversationResponse, ProcessConversationResponseSchema } from "@agent-team/contracts";
import { publicJson } from "../public-json.ts";
import { formatEventId } from "./event-id.ts";
import type { SseEvent } from "./sse.ts";

/** An event of a turn as a server-sent event: the oneof case is the type, the whole message is the data. */
export function toSseEvent(response: ProcessConversationResponse): SseEvent {
  return {
    id: idOf(response),
    event: typeOf(response),
    data: publicJson(ProcessConversationResponseSchema, response),
  };
}

/** An event that is not stored has no id, so that the client keeps its cursor; one that moves the cursor back is itself the cursor. */
function idOf({ turnId, sequence, fence, event }: ProcessConversationResponse): string | undefined {
  if (sequence > 0) return formatEventId({ turnId, sequence, fence });
  if (event.case !== "outputTruncated") return undefined;
  return formatEventId({ turnId, sequence: event.value.keepThroughSequence, fence });
}

/** The proto name of the case, such as `turn_started`; `message` for plain text. */
function typeOf({ event }: ProcessConversationResponse): string {
  return event.case === undefined ? "message" : ProcessConversationResponseSchema.field[event.case].name;
}
