import type { ConnectionControl } from "../gateway-env.ts";
import { bodyOf, eventStream } from "./event-stream.ts";
import { SSE_HEARTBEAT } from "./sse.ts";

/**
 * A stream that breaks at once, while no service answers. An EventSource that reconnects ends for good with any status but 200; after
 * this it waits, and asks again.
 */
export function streamLater(connection: ConnectionControl): Response {
  return eventStream(bodyOf(nothing()), connection);
}

async function* nothing(): AsyncGenerator<string, void> {
  yield SSE_HEARTBEAT;
  throw new Error("the events cannot be read now");
}
