/**
 * When to ask again. Comes in: how long the last answer holds, and requests. Goes out: calls of `ask`, one at a time and
 * never closer together than a second.
 *
 *                    due                       answered: its TTL ± 10 %
 *   (start) ──► waiting ──────────► asking ──────────────────────────► waiting
 *                                             failed: backoff 1 s → 30 s
 *
 * A request brings a waiting question forward; one that comes while a question is under way is asked afterwards, since
 * what is being answered may be older than the reason to ask.
 */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { RefreshReason } from "./resolver.ts";

/** Above 30 s a new task would wait too long for its first call. */
const MAX_TTL_MS = 30_000;
/** Clients that were started together shall not ask together for ever. */
const JITTER_RATIO = 0.1;
const STANDBY_MS = 60_000;
/** Shortest time between the starts of two questions. */
const MIN_INTERVAL_MS = 1_000;
const RETRY = Backoff.first({ baseMs: 1_000, maxMs: 30_000, minMs: 1_000 });

export interface RefreshOptions {
  /**
   * Shortest time for which an answer holds, however short its TTL, in ms. Below 1,000 it is also the shortest time between
   * two questions, for private name servers.
   */
  readonly minTtlMs: number;
}

export interface RefreshDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Asks once. Resolves to the time for which the answer holds, in ms; to `undefined` when nothing usable came. Never rejects. */
  readonly ask: () => Promise<number | undefined>;
}

type State =
  | { readonly kind: "waiting"; readonly timer: Timer }
  | { readonly kind: "asking"; readonly wanted: RefreshReason | undefined }
  | { readonly kind: "closed" };

/** What the last question brought: how long its answer holds, or how far the backoff has come. */
type Last =
  | { readonly kind: "answered"; readonly ttlMs: number }
  | { readonly kind: "failed"; readonly backoff: Backoff };

export class Refresh {
  readonly #deps: RefreshDeps;
  readonly #minTtlMs: number;
  #state: State | undefined;
  /** Before the first question nothing has failed. */
  #last: Last = { kind: "answered", ttlMs: 0 };
  #askedMs = Number.NEGATIVE_INFINITY;
  #isStandby = false;

  constructor(deps: RefreshDeps, { minTtlMs }: RefreshOptions) {
    this.#deps = deps;
    this.#minTtlMs = minTtlMs;
  }

  /** Asks for the first time, at once. */
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
        // The most urgent reason counts: it is the one that may break a backoff.
        this.#state = { kind: "asking", wanted: state.wanted === "nothing-ready" ? state.wanted : reason };
        return;
      case "closed":
      case undefined:
        return; // nobody listens
      default:
        state satisfies never;
    }
  }

  /** Leaving standby asks at once if the last answer has outlived its TTL meanwhile. */
  setStandby(standby: boolean): void {
    if (this.#isStandby === standby) return;
    this.#isStandby = standby;
    if (this.#state?.kind === "waiting") this.#waitUntil(this.#askedMs + this.#intervalMs());
  }

  close(): void {
    if (this.#state?.kind === "waiting") this.#state.timer.cancel();
    this.#state = { kind: "closed" };
  }

  /** Backoff protects a name server that is in trouble; a caller who waits with nothing to use outweighs it, once a second. */
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
    if (state?.kind !== "asking") return; // closed meanwhile
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

  /** From the start of the last question to the next one. */
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

/** How long an answer is taken to hold. */
export function clampTtl(ttlMs: number, minTtlMs: number): number {
  return Math.max(minTtlMs, Math.min(MAX_TTL_MS, ttlMs));
}
