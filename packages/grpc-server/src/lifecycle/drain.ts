import type { Clock, Timer } from "@agent-team/grpc-client";

/** How long connections get, after the calls that are left have ended UNAVAILABLE, until they are cut. */
const abortMarginMs = 5_000;

/** What a drain does to a server. Each step is called at most once, in this order. */
export interface Drainable {
  /** Say to everybody who asks that no new work is wanted: health, `/readyz`. */
  didStartDrain(): void;
  /** Ask the connections of this moment to go elsewhere with their next call; later ones are still accepted and served. */
  goAway(): void;
  /** Accept no connection any more and ask the late ones to go, too. */
  stopListening(): void;
  /** Resolves when no connection is left. */
  disconnected(): Promise<void>;
  /** End the calls that are left with UNAVAILABLE. */
  failCalls(): void;
  /** Cut the connections that are left. */
  disconnect(): void;
}

export interface DrainOptions {
  readonly clock: Clock;
  /** How long new connections and calls are still served. 0 stops listening at once. Never longer than until the abort. */
  readonly lameDuckMs: number;
  /**
   * From the start to the end of everything. The calls that are left fail 5 s earlier, or, when there is less than
   * 10 s in all, after half of it.
   */
  readonly stopTimeoutMs: number;
}

/**
 * Takes a server out of service without losing a call. In come a wish to stop, a wish to hurry, time, and the end of
 * the last connection; out go the steps of a `Drainable`. It never looks at a call itself.
 *
 *             start          lameDuckMs passed            the last connection ended
 *   serving ────────► lame-duck ────────────► draining ──────────────────────────────────► stopped
 *                         │                      │                                           ▲
 *                         │                      │ stopTimeoutMs − margin passed             │
 *                         │       hurry          ▼                                           │
 *                         └─────────────────► aborting ──────────────────────────────────────┘
 *                                                      the last connection ended, or was cut after the margin
 */
type State =
  | { readonly kind: "serving" }
  | { readonly kind: "lame-duck"; readonly timer: Timer }
  | { readonly kind: "draining"; readonly timer: Timer }
  | { readonly kind: "aborting"; readonly timer: Timer }
  | { readonly kind: "stopped" };

export class Drain {
  /** Resolves when the server has stopped. */
  readonly stopped: Promise<void>;
  readonly #server: Drainable;
  readonly #options: DrainOptions;
  readonly #resolveStopped: () => void;
  #startedMs = 0;
  #state: State = { kind: "serving" };

  constructor(server: Drainable, options: DrainOptions) {
    const stopped = Promise.withResolvers<void>();
    this.stopped = stopped.promise;
    this.#resolveStopped = stopped.resolve;
    this.#server = server;
    this.#options = options;
  }

  get state(): State["kind"] {
    return this.#state.kind;
  }

  /** Begins the drain; a second call changes nothing. */
  start(): void {
    if (this.#state.kind !== "serving") return;
    this.#startedMs = this.#options.clock.now();
    this.#server.didStartDrain();
    this.#server.goAway();
    this.#enter({ kind: "lame-duck", timer: this.#at(this.#lameDuckEndMs, () => this.#didPassLameDuck()) });
  }

  /** Skips what is left of the waiting: somebody asked twice. */
  hurry(): void {
    switch (this.#state.kind) {
      case "serving":
        this.start();
        return this.hurry();
      case "lame-duck":
        this.#didPassLameDuck();
        return this.hurry();
      case "draining":
        return this.#didPassGrace();
      case "aborting":
      case "stopped":
        return; // nothing left to skip
      default:
        this.#state satisfies never;
    }
  }

  #didPassLameDuck(): void {
    this.#enter({ kind: "draining", timer: this.#at(this.#abortMs, () => this.#didPassGrace()) });
    this.#server.stopListening();
    void this.#server.disconnected().then(() => this.#didDisconnect());
  }

  #didPassGrace(): void {
    const elapsedMs = this.#options.clock.now() - this.#startedMs;
    const timer = this.#at(elapsedMs + this.#marginMs, () => this.#server.disconnect());
    this.#enter({ kind: "aborting", timer });
    this.#server.failCalls();
  }

  #didDisconnect(): void {
    this.#enter({ kind: "stopped" });
    this.#resolveStopped();
  }

  #enter(state: State): void {
    if ("timer" in this.#state) this.#state.timer.cancel();
    this.#state = state;
  }

  get #marginMs(): number {
    return Math.min(abortMarginMs, this.#options.stopTimeoutMs / 2);
  }

  get #abortMs(): number {
    return this.#options.stopTimeoutMs - this.#marginMs;
  }

  get #lameDuckEndMs(): number {
    return Math.min(this.#options.lameDuckMs, this.#abortMs);
  }

  /** A timer at `ms` after the start of the drain. */
  #at(ms: number, callback: () => void): Timer {
    const { clock } = this.#options;
    return clock.setTimer(Math.max(0, this.#startedMs + ms - clock.now()), callback);
  }
}
