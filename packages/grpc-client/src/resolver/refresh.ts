/**
 * Schedules the queries of a resolver. In: the TTL of the last answer, and requests for a fresh one. Out: calls of `ask`, one at a
 * time and at least a second apart.
 *
 *                    due                       answered: its TTL ± 10 %
 *   (start) ──► waiting ──────────► asking ──────────────────────────► waiting
 *                                             failed: backoff 1 s → 30 s
 *
 * A request brings the next query forward. A request during a query leads to another query, because the running one may return
 * data that is older than the reason for the request.
 */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { RefreshReason } from "./resolver.ts";

/** With a longer TTL a new task would wait too long for its first call. */
const MAX_TTL_MS = 30_000;
/** Keeps clients that started together from polling together. */
const JITTER_RATIO = 0.1;
const STANDBY_MS = 60_000;
/** Shortest time between the starts of two queries. */
const MIN_INTERVAL_MS = 1_000;
const RETRY = Backoff.first({ baseMs: 1_000, maxMs: 30_000, minMs: 1_000 });

export interface RefreshOptions {
  /**
   * Lower bound of the TTL, in ms. Below 1,000 it is also the shortest time between two queries, for private name servers.
   */
  readonly minTtlMs: number;
}

export interface RefreshDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Queries once. Resolves to the TTL of the answer in ms, or to `undefined` when no usable answer came. Never rejects. */
  readonly ask: () => Promise<number | undefined>;
}

type State =
  | { readonly kind: "waiting"; readonly timer: Timer }
  | { readonly kind: "asking"; readonly wanted: RefreshReason | undefined }
  | { readonly kind: "closed" };

/** The result of the last query: the TTL of the answer, or the current backoff. */
type Last =
  | { readonly kind: "answered"; readonly ttlMs: number }
  | { readonly kind: "failed"; readonly backoff: Backoff };

export class Refresh {
  readonly #deps: RefreshDeps;
  readonly #minTtlMs: number;
  #state: State | undefined;
  #last: Last = { kind: "answered", ttlMs: 0 };
  #askedMs = Number.NEGATIVE_INFINITY;
  #isStandby = false;

  constructor(deps: RefreshDeps, { minTtlMs }: RefreshOptions) {
    this.#deps = deps;
    this.#minTtlMs = minTtlMs;
  }

  /** Makes the first query at once. */
  start(): void {
    this.#ask();
  }

  request(reason: RefreshReason): void {
    const state = this.#state;
    switch (state?.kind) {
      case "waiting":
        if (this.#mayHurry(reason)) this.#waitUntil(this.#soonestMs());
        return;
      case "asking":
        // `nothing-ready` is kept: only this reason may interrupt a backoff.
        this.#state = { kind: "asking", wanted: state.wanted === "nothing-ready" ? state.wanted : reason };
        return;
      case "closed":
      case undefined:
        return;
      default:
        state satisfies never;
    }
  }

  /** On leaving standby it queries at once if the TTL of the last answer has passed. */
  setStandby(standby: boolean): void {
    if (this.#isStandby === standby) return;
    this.#isStandby = standby;
    if (this.#state?.kind === "waiting") this.#waitUntil(this.#askedMs + this.#intervalMs());
  }

  close(): void {
    if (this.#state?.kind === "waiting") this.#state.timer.cancel();
    this.#state = { kind: "closed" };
  }

  /** Backoff protects an overloaded name server. It gives way, once a second, to calls that wait without a ready endpoint. */
  #mayHurry(reason: RefreshReason): boolean {
    return this.#last.kind === "answered" || reason === "nothing-ready";
  }

  #ask(): void {
    this.#state = { kind: "asking", wanted: undefined };
    this.#askedMs = this.#deps.clock.now();
    void this.#deps.ask().then((ttlMs) => this.#didAsk(ttlMs));
  }

  #didAsk(ttlMs: number | undefined): void {
    const state = this.#state;
    if (state?.kind !== "asking") return; // closed during the query
    if (ttlMs !== undefined) this.#last = { kind: "answered", ttlMs };
    else this.#last = { kind: "failed", backoff: this.#last.kind === "failed" ? this.#last.backoff.next() : RETRY };
    const isWanted = state.wanted !== undefined && this.#mayHurry(state.wanted);
    this.#waitUntil(isWanted ? this.#soonestMs() : this.#askedMs + this.#intervalMs());
  }

  #waitUntil(dueMs: number): void {
    const { clock } = this.#deps;
    if (this.#state?.kind === "waiting") this.#state.timer.cancel();
    const timer = clock.setTimer(Math.max(0, dueMs - clock.now()), () => this.#ask(), { unref: true });
    this.#state = { kind: "waiting", timer };
  }

  #soonestMs(): number {
    return this.#askedMs + Math.min(MIN_INTERVAL_MS, this.#minTtlMs);
  }

  /** From the start of the last query to the next one. */
  #intervalMs(): number {
    const { random } = this.#deps;
    if (this.#isStandby) return this.#jittered(STANDBY_MS);
    if (this.#last.kind === "failed") return this.#last.backoff.delayMs(random);
    return this.#jittered(clampTtl(this.#last.ttlMs, this.#minTtlMs));
  }

  #jittered(ms: number): number {
    return ms * (1 + JITTER_RATIO * (2 * this.#deps.random() - 1));
  }
}

/** The TTL within its bounds. */
export function clampTtl(ttlMs: number, minTtlMs: number): number {
  return Math.max(minTtlMs, Math.min(MAX_TTL_MS, ttlMs));
}
