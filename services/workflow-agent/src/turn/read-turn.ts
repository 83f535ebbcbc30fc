import { type ProcessConversationResponse, ProcessConversationResponseSchema } from "@agent-team/contracts";
import type { TurnStep } from "@agent-team/contracts/turn-log";
import type { Clock } from "@agent-team/foundation/clock";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { toError, toFailure } from "../errors.ts";
import type { LiveTurn, Release } from "./live-turn.ts";
import { LOST, statusAfter } from "./turn-end.ts";
import { failed, heartbeat, type TurnEvent, truncated } from "./turn-event.ts";

/** The last event that a caller has seen. Sequence 0 asks for the whole turn; without a fence only the sequence counts. */
export interface Cursor {
  readonly sequence: number;
  readonly fence: string;
}

export interface ReadOptions {
  readonly clock: Clock;
  /** Time without an event after which a heartbeat is sent, and between heartbeats. */
  readonly heartbeatMs: number;
  /** Ends the stream with its reason. */
  readonly signal: AbortSignal;
}

/**
 * Yields the events of a turn behind a cursor, as they are stored, and heartbeats between them. A caller that takes no event holds
 * back nothing but its own stream. Ends with the status of the turn.
 *
 * @throws ConnectError the status of a turn that failed; UNAVAILABLE when another agent has to be asked
 */
export async function* readTurn(
  live: LiveTurn,
  from: Cursor,
  options: ReadOptions,
): AsyncGenerator<ProcessConversationResponse> {
  let cursor = from;
  const release = live.lastRelease;
  for (;;) {
    const { steps, hasEnded, isLost } = live.log;
    const position = positionOf(steps, cursor);
    const next = steps[position.at]?.event;
    if (position.isVoid) {
      cursor = { sequence: position.at, fence: steps[position.at - 1]?.event?.fence ?? "" };
      // With the fence: the store may lose the events that are kept, too, before the caller has seen another one.
      yield unstored(live, { ...truncated(position.at, "STORE_LOST_EVENTS"), fence: cursor.fence });
    } else if (next !== undefined) {
      cursor = next;
      yield next;
    } else if (hasEnded) {
      const last = steps.at(-1)?.event;
      const status = last && statusAfter(last);
      // A caller that has come back with the last event knows how the turn ended.
      if (status !== undefined && cursor !== from) throw status;
      return;
    } else if (isLost) throw toError(LOST);
    else yield* heartbeatsUntilChange(live, release, options);
  }
}

async function* heartbeatsUntilChange(
  live: LiveTurn,
  release: Release | undefined,
  { clock, heartbeatMs, signal }: ReadOptions,
): AsyncGenerator<ProcessConversationResponse> {
  const changed = live.changed(signal, release).then(() => "changed" as const);
  changed.catch(() => {}); // awaited below
  for (;;) {
    const silent = Promise.withResolvers<"silent">();
    const timer = clock.setTimer(heartbeatMs, () => silent.resolve("silent"));
    try {
      if ((await Promise.race([changed, silent.promise])) === "changed") return;
    } catch (error) {
      // The store takes no events: this last one stands in no log.
      if (isFinal(error)) yield unstored(live, failed(toFailure(error)));
      throw error;
    } finally {
      timer.cancel();
    }
    yield unstored(live, heartbeat(live.driver?.waitsForRoom === true));
  }
}

/** UNAVAILABLE is not the end of the turn: another agent may continue it. */
function isFinal(error: unknown): error is ConnectError {
  return error instanceof ConnectError && error.code !== Code.Unavailable && error.code !== Code.Canceled;
}

function unstored(live: LiveTurn, event: TurnEvent & { readonly fence?: string }): ProcessConversationResponse {
  return create(ProcessConversationResponseSchema, { ...event, turnId: live.log.id });
}

/**
 * How many events the caller has. `isVoid`: it has others behind them, because the store has lost what it has seen.
 * An event that was written again has another fence, although its sequence is the same.
 */
function positionOf(
  steps: readonly TurnStep[],
  { sequence, fence }: Cursor,
): { readonly at: number; readonly isVoid: boolean } {
  if (fence === "") return { at: Math.min(sequence, steps.length), isVoid: sequence > steps.length };
  if (steps[sequence - 1]?.event?.fence === fence) return { at: sequence, isVoid: false };
  const known = steps.findLastIndex(({ event }) => event?.fence === fence) + 1;
  return { at: Math.min(sequence, known), isVoid: true };
}
