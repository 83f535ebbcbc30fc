import type { WatchRunRequest, WatchRunResponse } from "@agent-team/contracts";
import { WatchRunResponseSchema } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import { create } from "@bufbuild/protobuf";
import { EngineEnding } from "../node-failure.ts";
import type { RunLog } from "../run-log.ts";
import { ownedRun } from "./owned-run.ts";
import type { RunServices } from "./run-services.ts";
import { WatchEvents } from "./watch-events.ts";

/** How often a watched log is read: an event is late by that at most. Reading a log without a new record costs 0.1 ms. */
const POLL_MS = 250;
const HEARTBEAT_MS = 2000;

/**
 * A run's events behind a cursor, and then each further one, until the run has ended.
 *
 * @throws EngineEnding when this engine drains: another one goes on from the cursor
 */
export async function* watchRun(
  request: WatchRunRequest,
  owner: string,
  signal: AbortSignal,
  services: RunServices,
): AsyncGenerator<WatchRunResponse> {
  const { clock, draining } = services;
  const log = await ownedRun(request.runId, owner, services);
  const reader = new LogReader(log);
  yield* afterCursor(request, reader.next());
  const leaving = AbortSignal.any([signal, draining]);
  let quietSinceMs = clock.now();
  while (!log.hasEnded) {
    await pause(clock, POLL_MS, leaving);
    if (signal.aborted) return;
    if (draining.aborted) throw new EngineEnding();
    await log.refresh();
    const added = reader.next();
    yield* added;
    if (added.length === 0 && clock.now() - quietSinceMs < HEARTBEAT_MS) continue;
    if (added.length === 0) yield create(WatchRunResponseSchema, { event: { case: "heartbeat", value: {} } });
    quietSinceMs = clock.now();
  }
}

/** Turns the events that a log has got since the last call into messages. */
class LogReader {
  readonly #log: RunLog;
  readonly #view = new WatchEvents();
  #read = 0;

  constructor(log: RunLog) {
    this.#log = log;
  }

  next(): readonly WatchRunResponse[] {
    const added = this.#log.events.slice(this.#read);
    this.#read += added.length;
    return added.flatMap((event) => this.#view.add(event));
  }
}

/** The messages behind the cursor; all of them, after a truncation, when the store does not know the cursor. */
function afterCursor(
  { resumeAfterSequence: after, resumeFence }: WatchRunRequest,
  all: readonly WatchRunResponse[],
): readonly WatchRunResponse[] {
  if (after === 0) return all;
  if (all[after - 1]?.fence === resumeFence) return all.slice(after);
  const truncated = { case: "historyTruncated", value: { keepThroughSequence: 0 } } as const;
  return [create(WatchRunResponseSchema, { event: truncated }), ...all];
}

/** Resolves after `ms`, or when the signal fires. */
function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, done);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();

    function done(): void {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
