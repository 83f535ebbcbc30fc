import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { ConnectionControl } from "../gateway-env.ts";
import { SSE_HEARTBEAT } from "./sse.ts";

/** Longest silence of a stream, in ms. Load balancers and proxies cut a silent one after 60 s (ALB's default), some after 30 s. */
const HEARTBEAT_MS = 15_000;

/**
 * The body of an event stream. In: encoded events. Out: their bytes, and a comment whenever nothing was sent for 15 s. It
 * takes the next event when the last one has left, so a slow reader holds back the source, and no queue grows. A source that fails
 * breaks the connection. It never stops the source: its owner does, when the request's signal aborts.
 */
export function eventStream(
  events: AsyncIterator<string>,
  clock: Clock,
  connection: ConnectionControl,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let heartbeat: Timer | undefined;

  const scheduleHeartbeat = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    heartbeat = clock.setTimer(HEARTBEAT_MS, () => {
      // A reader that has not taken the last chunk gets no heartbeat: they would pile up.
      if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(SSE_HEARTBEAT));
      scheduleHeartbeat(controller);
    });
  };

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      scheduleHeartbeat(controller);
      const next = await nextOf(events).finally(() => heartbeat?.cancel());
      if (next === "failed") return breakOff(connection);
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(next.value));
    },
    cancel() {
      // An event that comes later finds the stream closed, and is dropped.
      heartbeat?.cancel();
    },
  });
}

async function nextOf(events: AsyncIterator<string>): Promise<IteratorResult<string> | "failed"> {
  try {
    return await events.next();
  } catch {
    return "failed";
  }
}

/** Never resolves: the stream would pull again, find its source at the end, and end the response. */
function breakOff(connection: ConnectionControl): Promise<never> {
  connection.breakOff();
  return new Promise(() => {});
}
