import type { Clock, Timer } from "@agent-team/foundation/clock";

/** Time between the end of the remaining calls, by UNAVAILABLE, and the end of the remaining connections. */
const ABORT_MARGIN_MS = 5_000;

/** The steps of a drain. Each is called at most once, in this order. */
export interface Drainable {
  /** Report "no new work" in grpc.health.v1 and `/readyz`. Connections and calls continue. */
  didStartDrain(): void;
  /** Send GOAWAY on each connection, and on each later one soon after it began. */
  goAway(): void;
  /** Accept no more connections, and send GOAWAY on those that have not got it. */
  stopListening(): void;
  /** Resolves when no connection is left. */
  disconnected(): Promise<void>;
  /** End the remaining calls with UNAVAILABLE. */
  failCalls(): void;
  /** Destroy the remaining connections. */
  disconnect(): void;
}

/** Times of a drain. */
export interface DrainOptions {
  readonly clock: Clock;
  /**
   * From the start to GOAWAY: until discovery no longer lists this server. A client that gets GOAWAY earlier resolves the
   * name and finds this server again, and grpc-js resolves again after 30 s at the earliest. 0: GOAWAY and the end of
   * listening at once. At most the time until the remaining calls fail.
   */
  readonly lameDuckMs: number;
  /** After GOAWAY the server listens until no connection has arrived for this time. */
  readonly lameDuckQuietMs: number;
  /**
   * From the start to the end of the last connection. The remaining calls fail 5 s earlier, or, if the whole time is less
   * than 10 s, after half of it.
   */
  readonly stopTimeoutMs: number;
}

/**
 * Takes a server out of service without losing a call. The request to stop, the request to hurry, time, new connections
 * and the end of the last one come in; the steps of a `Drainable` go out. It never reads a call itself.
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

  /** Starts the drain; a second call changes nothing. */
  start(): void {
    if (this.#state.kind !== "serving") return;
    this.#startedMs = this.#options.clock.now();
    this.#server.didStartDrain();
    const lameDuckMs = Math.min(this.#options.lameDuckMs, this.#abortMs);
    this.#enter({ kind: "lame-duck", timer: this.#at(lameDuckMs, () => this.#didPassLameDuck()) });
  }

  /** A connection has arrived: a client still has an old answer of discovery. */
  didConnect(): void {
    if (this.#state.kind === "leaving") this.#waitForQuiet();
  }

  /** Skips all remaining waits, at the operator's second signal. */
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
        return; // no wait is left
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
