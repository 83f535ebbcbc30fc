/** The states of a subchannel, and how long it waits between two connections. `subchannel.ts` draws the transitions. */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Timer } from "@agent-team/foundation/clock";
import type { Connection, Goaway } from "../transport.ts";

/** 20 ms: a crowd that lost the same server does not come back in one tick. 5 s: a returning task waits no longer than its health check. */
const RECONNECT = { minMs: 20, baseMs: 100, maxMs: 5_000 } as const;
/** A connection that stayed this long proves the endpoint: the next failure is the first one again. */
const PROVEN_AFTER_MS = 10_000;
/** A connection that gets GOAWAY earlier than this, and has carried no call, was of no use. */
const SERVED_AFTER_MS = 1_000;

export type State =
  /** `rest`: connects by itself when it ends, and not before. */
  | { readonly kind: "idle"; readonly rest: Timer | undefined }
  | {
      readonly kind: "connecting";
      readonly connection: Connection;
      readonly sinceMs: number;
      readonly backoff: Backoff;
    }
  | ReadyState
  | {
      readonly kind: "transient-failure";
      readonly retry: Timer;
      readonly retryAtMs: number;
      readonly backoff: Backoff;
      readonly error: Error;
    }
  | { readonly kind: "shutdown" };

export interface ReadyState {
  readonly kind: "ready";
  readonly connection: Connection;
  readonly sinceMs: number;
  readonly backoff: Backoff;
}

export const IDLE: State = { kind: "idle", rest: undefined };

export function firstBackoff(): Backoff {
  return Backoff.first(RECONNECT);
}

/** Of the next attempt, when a connection in this state has ended. */
export function backoffAfter(state: State, nowMs: number): Backoff {
  if (state.kind === "connecting") return state.backoff;
  return state.kind === "ready" && nowMs - state.sinceMs < PROVEN_AFTER_MS ? state.backoff : firstBackoff();
}

/** Whether a connection that ends by GOAWAY was of use: it has carried a call (`wasUsed`), or stayed for a time. */
export function hasServed(state: State, { lastStreamId }: Goaway, wasUsed: boolean, nowMs: number): boolean {
  if (state.kind !== "ready") return false;
  return (wasUsed && lastStreamId > 0) || nowMs - state.sinceMs >= SERVED_AFTER_MS;
}
