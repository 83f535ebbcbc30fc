import { type ProcessConversationResponse, ProcessConversationResponseSchema } from "@agent-team/contracts";
import { toJsonString } from "@bufbuild/protobuf";
import type { SseEvent } from "./sse.ts";

/** An event of a turn as an event of the stream: the whole message is the data, its oneof case the type. */
export function toSseEvent(response: ProcessConversationResponse): SseEvent {
  return {
    id: response.sequence === 0 ? undefined : `${response.sequence}-${response.fence}`,
    event: eventName(response),
    data: toJsonString(ProcessConversationResponseSchema, response, { useProtoFieldName: true }),
  };
}

/** The proto name of the case, `turn_started`; `message` for plain text. */
function eventName({ event }: ProcessConversationResponse): string {
  return event.case === undefined ? "message" : ProcessConversationResponseSchema.field[event.case].name;
}
