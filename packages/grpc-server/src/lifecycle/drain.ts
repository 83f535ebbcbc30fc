import type { Clock, Timer } from "@agent-team/foundation/clock";

/** How long connections get, after the calls that are left have ended UNAVAILABLE, until they are cut. */
const ABORT_MARGIN_MS = 5_000;

/** What a drain does to a server. Each step is called at most once, in this order. */
export interface Drainable {
  /** Answer every question about health with "no new work": grpc.health.v1, `/readyz`. Connections and calls go on. */
  didStartDrain(): void;
  /** Ask the connections of this moment, and each later one soon after it came, to take their next call elsewhere. */
  goAway(): void;
  /** Accept no connection any more and ask the late ones to leave, too. */
  stopListening(): void;
  /** Resolves when no connection is left. */
  disconnected(): Promise<void>;
  /** End the calls that are left with UNAVAILABLE. */
  failCalls(): void;
  /** Cut the connections that are left. */
  disconnect(): void;
}

/** Times of a drain. */
export interface DrainOptions {
  readonly clock: Clock;
  /**
   * From the start to GOAWAY: until discovery no longer lists this server. A client that is asked to leave before finds
   * it listed still, and grpc-js asks again after 30 s at the earliest. 0: GOAWAY and the end of listening at once.
   * Cut short where it would reach into the abort.
   */
  readonly lameDuckMs: number;
  /** After GOAWAY the server listens until no connection has come for this long. */
  readonly lameDuckQuietMs: number;
  /**
   * From the start to the end of everything. The calls that are left fail 5 s earlier, or, when there is less than
   * 10 s in all, after half of it.
   */
  readonly stopTimeoutMs: number;
}

/**
 * Takes a server out of service without losing a call. Comes in: the request to stop, the request to hurry, time, new
 * connections, and the end of the last one. Goes out: the steps of a `Drainable`. It never looks at a call itself.
 *
 *             start          lameDuckMs passed            no connection came
 *                               (GOAWAY)                 for lameDuckQuietMs             the last connection ended
 *   serving ────────► lame-duck ────────────► leaving ────────────────────────► draining ─────────────────► stopped
 *                         │                      │                                  │                          ▲
 *                         │                      │ stopTimeoutMs − margin passed    │                          │
 *                         │        hurry         ▼                                  ▼                          │
 *                         └───────────────────► aborting ◄──────────────────────────┘                          │
 *                                                  │       the last connection ended, or was cut after the margin
 *                                                  └───────────────────────────────────────────────────────────┘
 */
type State =
  | { readonly kind: "serving" }
  | { readonly kind: "lame-duck"; readonly timer: Timer }
  | { readonly kind: "leaving"; readonly timer: Timer }
  | { readonly kind: "draining"; readonly timer: Timer }
  | { readonly kind: "aborting"; readonly timer: Timer }
  | { readonly kind: "stopped" };

/** The drain of one server, from the first signal until it has stopped. Each instance drains once. */
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
    const lameDuckMs = Math.min(this.#options.lameDuckMs, this.#abortMs);
    this.#enter({ kind: "lame-duck", timer: this.#at(lameDuckMs, () => this.#didPassLameDuck()) });
  }

  /** A connection has come: some client has not followed discovery yet. */
  didConnect(): void {
    if (this.#state.kind === "leaving") this.#waitForQuiet();
  }

  /** Skips what is left of the waiting: the operator asked a second time. */
  hurry(): void {
    switch (this.#state.kind) {
      case "serving":
        this.start();
        return this.hurry();
      case "lame-duck":
        this.#server.goAway();
        this.#stopListening();
        return this.hurry();
      case "leaving":
        this.#stopListening();
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
    this.#server.goAway();
    if (this.#options.lameDuckMs === 0) this.#stopListening();
    else this.#waitForQuiet();
  }

  #waitForQuiet(): void {
    const quietAtMs = this.#elapsedMs + this.#options.lameDuckQuietMs;
    const timer = this.#at(Math.min(quietAtMs, this.#abortMs), () => this.#stopListening());
    this.#enter({ kind: "leaving", timer });
  }

  #stopListening(): void {
    this.#enter({ kind: "draining", timer: this.#at(this.#abortMs, () => this.#didPassGrace()) });
    this.#server.stopListening();
    void this.#server.disconnected().then(() => this.#didDisconnect());
  }

  #didPassGrace(): void {
    const timer = this.#at(this.#elapsedMs + this.#marginMs, () => this.#server.disconnect());
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

  get #elapsedMs(): number {
    return this.#options.clock.now() - this.#startedMs;
  }

  get #marginMs(): number {
    return Math.min(ABORT_MARGIN_MS, this.#options.stopTimeoutMs / 2);
  }

  get #abortMs(): number {
    return this.#options.stopTimeoutMs - this.#marginMs;
  }

  /** A timer at `ms` after the start of the drain. */
  #at(ms: number, callback: () => void): Timer {
    return this.#options.clock.setTimer(Math.max(0, ms - this.#elapsedMs), callback);
  }
}
