import { type ProcessConversationResponse, ProcessConversationResponseSchema } from "@agent-team/contracts";
import { toJsonString } from "@bufbuild/protobuf";
import type { SseEvent } from "./sse.ts";

/** An event of a turn as a server-sent event: the oneof case is the type, the whole message is the data. */
export function toSseEvent(response: ProcessConversationResponse): SseEvent {
  return {
    id: response.sequence === 0 ? undefined : `${response.sequence}-${response.fence}`,
    event: typeOf(response),
    data: toJsonString(ProcessConversationResponseSchema, response, { useProtoFieldName: true }),
  };
}

/** The proto name of the case, such as `turn_started`; `message` for plain text. */
function typeOf({ event }: ProcessConversationResponse): string {
  return event.case === undefined ? "message" : ProcessConversationResponseSchema.field[event.case].name;
}
