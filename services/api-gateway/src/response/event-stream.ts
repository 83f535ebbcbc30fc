import type { Clock, Timer } from "@agent-team/foundation/clock";
import { sseHeartbeat } from "./sse.ts";

/** Longest silence of a stream, in ms. Proxies and load balancers cut after 60 s (ALB's default), some after 30 s. */
const HEARTBEAT_MS = 15_000;

/**
 * Encoded events in, a response body out, with a comment whenever nothing was sent for 15 s.
 * It asks for the next event only when the last one has left, so a slow reader holds back its source and no queue
 * grows. It does not stop the source: who owns the source does, when the request's signal says so.
 */
export function eventStream(events: AsyncIterator<string>, clock: Clock): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let heartbeat: Timer | undefined;

  const scheduleHeartbeat = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    heartbeat = clock.setTimer(HEARTBEAT_MS, () => {
      // When a reader has not even taken the last thing, another would only pile up.
      if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(sseHeartbeat));
      scheduleHeartbeat(controller);
    });
  };

  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      scheduleHeartbeat(controller);
      const { done, value } = await events.next().finally(() => heartbeat?.cancel());
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel() {
      // An event that is still on its way meets a closed stream, which drops it.
      heartbeat?.cancel();
    },
  });
}
