import type { Clock } from "@agent-team/foundation/clock";
import type { Gateway } from "../gateway/gateway.ts";
import { GatewayError } from "../gateway/gateway-error.ts";
import type { ServerEvent } from "../gateway/server-events.ts";
import { isFinal, type RunChange, toRunChange } from "./run-change.ts";

/** A rolling deployment of the gateway takes less. */
const MAX_FAILURES = 30;
const PAUSE_MS = 1_000;

/**
 * The changes of a run from its first to its end. When the connection breaks it goes on behind the last event: at once, then every
 * second, 30 times.
 *
 * @throws GatewayError
 */
export async function* followRun(
  gateway: Gateway,
  runId: string,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<RunChange> {
  let lastEventId = "";
  for (let failures = 0; failures <= MAX_FAILURES; failures++) {
    if (failures > 1) await pause(clock, signal);
    try {
      const events = await gateway.events(`/v1/runs/${runId}/events`, lastEventId);
      if (events === undefined) return;
      for await (const event of events) {
        failures = 0;
        const change = toRunChange(event);
        lastEventId = cursorAfter(event, change, lastEventId);
        if (change === undefined) continue;
        yield change;
        if (change.kind === "run" && isFinal(change.state)) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GatewayError && !error.isTransient) throw error;
      if (failures === MAX_FAILURES) throw error;
    }
  }
  throw new GatewayError("the gateway ends the events of the run before its end, again and again");
}

function cursorAfter({ id }: ServerEvent, change: RunChange | undefined, before: string): string {
  if (change?.kind === "restart") return "";
  return id === "" ? before : id;
}

/** Resolves after the pause, or when the signal fires. */
function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(PAUSE_MS, resolve);
    signal.addEventListener("abort", () => (timer.cancel(), resolve()), { once: true });
  });
}
