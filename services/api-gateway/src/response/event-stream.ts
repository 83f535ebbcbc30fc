import type { ConnectionControl } from "../gateway-env.ts";
import type { StreamedBody } from "../streamed-body.ts";
import { SSE_HEADERS, SSE_HEARTBEAT } from "./sse.ts";

/** The part of a connection that event streams need. */
export type StreamConnection = Pick<ConnectionControl, "stream">;

/** The response whose body are these events, and a comment whenever nothing was sent for 15 s. */
export function eventStream(events: StreamedBody, connection: StreamConnection): Response {
  connection.stream(events, SSE_HEARTBEAT);
  return new Response(null, { headers: SSE_HEADERS });
}

/** A stream that has ended: its reader has every event. */
export function endedStream(): Response {
  return new Response("", { headers: SSE_HEADERS });
}

/** A body of encoded events. It never stops their source: its owner does, when the request's signal aborts. */
export function bodyOf(events: AsyncIterator<string>): StreamedBody {
  return {
    async next() {
      const next = await events.next();
      return next.done === true ? undefined : next.value;
    },
    rest() {},
    leave() {},
  };
}
