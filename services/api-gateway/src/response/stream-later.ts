import type { Clock } from "@agent-team/foundation/clock";
import type { ConnectionControl } from "../gateway-env.ts";
import { eventStream } from "./event-stream.ts";
import { SSE_HEADERS, SSE_HEARTBEAT } from "./sse.ts";

export interface LaterOptions {
  readonly clock: Clock;
  readonly connection: ConnectionControl;
}

/**
 * A stream that breaks at once, while no service answers. An EventSource that reconnects ends for good with any status but 200; after
 * this it waits, and asks again.
 */
export function streamLater({ clock, connection }: LaterOptions): Response {
  return new Response(eventStream(nothing(), clock, connection), { headers: SSE_HEADERS });
}

async function* nothing(): AsyncGenerator<string, void> {
  yield SSE_HEARTBEAT;
  throw new Error("the events cannot be read now");
}
