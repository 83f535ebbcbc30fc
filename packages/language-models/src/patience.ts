import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { type Model, ModelError, type ModelEvent, type Prompt } from "./model.ts";

/** How long a model may be silent. Keep-alives of its server are silence, too. */
export interface Patience {
  /** From the request to the first text or sign of thinking, in ms. */
  readonly firstTokenMs: number;
  /** From one of these to the next, and to the end, in ms. */
  readonly idleMs: number;
}

/**
 * A generation whose connection is closed when the model is silent for too long. The SDKs' own timeouts end with the
 * headers of the response: a body that stalls would hang until the turn's deadline.
 *
 * @throws ModelError `stalled`, the model's error, or the reason of `signal`
 */
export async function* generatePatiently(
  model: Model,
  prompt: Prompt,
  { firstTokenMs, idleMs, clock, signal }: Patience & { readonly clock: Clock; readonly signal: AbortSignal },
): AsyncGenerator<ModelEvent> {
  const connection = new AbortController();
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  const breakOff = (reason: unknown): void => {
    broken.reject(reason);
    connection.abort();
  };
  const stop = (): void => breakOff(signal.reason);
  const wait = (ms: number): Timer => setPeerTimer(clock, ms, () => breakOff(new ModelError("stalled")));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const events = model.generate(prompt, connection.signal)[Symbol.asyncIterator]();
  let timer = wait(firstTokenMs);
  try {
    for (;;) {
      const next = events.next();
      next.catch(() => {}); // an aborted request fails later than the race
      const { done, value } = await Promise.race([next, broken.promise]);
      if (done === true) return;
      if (value.kind === "started") {
        yield value;
        continue;
      }
      // A reader that takes its time is no silence of the model.
      timer.cancel();
      yield value;
      timer = wait(idleMs);
    }
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", stop);
    connection.abort();
  }
}
