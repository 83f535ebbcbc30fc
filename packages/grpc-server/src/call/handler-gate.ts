/**
 * Whether a call may reach its handler. In: the calls in flight, and the end of a drain. Out: a refusal, with the time after which the
 * caller may try again (gRFC A6, `grpc-retry-pushback-ms`).
 *
 * A refusal comes before any effect. Clients that know this (`pushbackBeforeHandler`) repeat calls that are not idempotent, too;
 * so nothing else of this server sends a pushback, and handlers cannot.
 */

import type { Random } from "@agent-team/foundation/random";
import { Code, ConnectError } from "@connectrpc/connect";
import type { LiveCalls } from "./live-calls.ts";

/** An overloaded server asks for a rest, each caller for another one: they must not come back together. */
const REST_MS = { from: 50, to: 150 } as const;

export interface Refusal {
  readonly error: ConnectError;
  readonly pushbackMs: number;
}

export interface HandlerGateInit {
  readonly calls: LiveCalls;
  /** Most calls in flight. Those that clients keep open without end (health Watch, reflection) are never refused for their number. */
  readonly maxCalls: number;
  readonly random: Random;
}

export class HandlerGate {
  readonly #calls: LiveCalls;
  readonly #maxCalls: number;
  readonly #random: Random;
  #isClosed = false;

  constructor({ calls, maxCalls, random }: HandlerGateInit) {
    this.#calls = calls;
    this.#maxCalls = maxCalls;
    this.#random = random;
  }

  /** The process ends: no call reaches a handler any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** For a call that is in flight already; undefined: it may go on to its handler. */
  refusalOf({ holdsDrain }: { readonly holdsDrain: boolean }): Refusal | undefined {
    if (this.#isClosed) return { error: new ConnectError("draining", Code.Unavailable), pushbackMs: 0 };
    if (!holdsDrain || this.#calls.inFlight <= this.#maxCalls) return undefined;
    const text = `${this.#maxCalls} calls are in flight, as many as GRPC_MAX_CALLS allows`;
    const pushbackMs = Math.round(REST_MS.from + this.#random() * (REST_MS.to - REST_MS.from));
    return { error: new ConnectError(text, Code.ResourceExhausted), pushbackMs };
  }
}
