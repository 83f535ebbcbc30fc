/**
 * The circuit breaker of one endpoint: stops its calls while it keeps failing. Open = rejecting. In: outcomes of its attempts and
 * probes. Out: its exclusion `breaker-open`, and events. Unlike ejection it compares with no other endpoint, has no limit, and
 * panic does not overrule it: when all are open, calls fail at once.
 *
 *             window or row trips        its time passed
 *   closed ──────────────────────► open ────────────────► half-open
 *     ▲                              ▲                       │ │
 *     │                              └──── the probe failed ─┘ │
 *     └───────────────── two probes succeeded ─────────────────┘
 *
 * Half-open: one call at a time goes there, of any kind.
 */

import { Backoff } from "@agent-team/foundation/backoff";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { EndpointLoad, Learner, LoadAttempt } from "../endpoint-load.ts";
import type { ChannelEvents } from "../events.ts";
import type { CircuitBreakerOptions, Resolved } from "../health-options.ts";
import type { Outcome, OutcomeKind } from "../outcome.ts";
import { OutcomeWindow } from "./window.ts";

/** One success may be chance. */
const SUCCESSES_TO_CLOSE = 2;

type State =
  | { readonly kind: "closed" }
  | { readonly kind: "open"; readonly retry: Timer; readonly backoff: Backoff }
  | { readonly kind: "half-open"; readonly successes: number; readonly backoff: Backoff };

const CLOSED: State = { kind: "closed" };

interface CircuitBreakerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ChannelEvents;
  readonly options: Resolved<CircuitBreakerOptions>;
  forget(load: EndpointLoad): void;
}

class CircuitBreaker implements Learner {
  readonly #load: EndpointLoad;
  readonly #deps: CircuitBreakerDeps;
  readonly #window = new OutcomeWindow();
  #streak = 0;
  #state: State = CLOSED;

  constructor(load: EndpointLoad, deps: CircuitBreakerDeps) {
    this.#load = load;
    this.#deps = deps;
  }

  didStart(): void {}

  didRespond(): void {}

  didEnd(_attempt: LoadAttempt, { kind }: Outcome, nowMs: number): void {
    // Attempts that began before it opened have nothing to add.
    if (kind === "ignorable" || this.#state.kind !== "closed") return;
    const isFailure = kind === "failure";
    this.#window.add(isFailure, nowMs);
    this.#streak = isFailure ? this.#streak + 1 : 0;
    if (isFailure && this.#trips(nowMs)) this.#open(this.#firstBackoff());
  }

  didProbe(kind: OutcomeKind): void {
    const state = this.#state;
    if (state.kind !== "half-open") return;
    if (kind === "failure") return this.#open(state.backoff.next());
    const successes = state.successes + (kind === "success" ? 1 : 0);
    if (successes >= SUCCESSES_TO_CLOSE) return this.#close();
    this.#state = { ...state, successes };
    this.#load.offerProbe("breaker-open", "any");
  }

  didForget(): void {
    this.stop();
    this.#deps.forget(this.#load);
  }

  stop(): void {
    if (this.#state.kind === "open") this.#state.retry.cancel();
  }

  #trips(nowMs: number): boolean {
    const { consecutiveFailures, failureRatio, minCalls } = this.#deps.options;
    if (this.#streak >= consecutiveFailures) return true;
    const calls = this.#window.calls(nowMs);
    return calls >= minCalls && this.#window.failures(nowMs) >= failureRatio * calls;
  }

  /** Half of the bound at least, so that an endpoint gets its rest; jitter keeps clients from probing together. */
  #open(backoff: Backoff): void {
    const { clock, random, events } = this.#deps;
    const forMs = Math.round(backoff.boundMs * (0.5 + random() / 2));
    const retry = clock.setTimer(forMs, () => this.#halfOpen(backoff), { unref: true });
    this.#state = { kind: "open", retry, backoff };
    events.emit(() => ({ type: "breaker-opened", endpoint: this.#load.key, forMs }));
    this.#load.exclude("breaker-open");
  }

  #halfOpen(backoff: Backoff): void {
    this.#state = { kind: "half-open", successes: 0, backoff };
    this.#load.offerProbe("breaker-open", "any");
  }

  #close(): void {
    this.#state = CLOSED;
    this.#streak = 0;
    this.#window.clear();
    this.#deps.events.emit(() => ({ type: "breaker-closed", endpoint: this.#load.key }));
    this.#load.admit("breaker-open");
  }

  #firstBackoff(): Backoff {
    const { openMs, maxOpenMs } = this.#deps.options;
    return Backoff.first({ baseMs: openMs, maxMs: maxOpenMs });
  }
}

/** The circuit breakers of a channel, one for each endpoint. */
export class CircuitBreakers {
  readonly #deps: CircuitBreakerDeps;
  readonly #all = new Map<EndpointLoad, CircuitBreaker>();

  constructor(deps: Omit<CircuitBreakerDeps, "forget">) {
    this.#deps = { ...deps, forget: (load) => void this.#all.delete(load) };
  }

  /** Makes the learner of an endpoint. */
  readonly createLearner = (load: EndpointLoad): Learner => {
    const breaker = new CircuitBreaker(load, this.#deps);
    this.#all.set(load, breaker);
    return breaker;
  };

  /** Cancels the timers of open breakers. */
  close(): void {
    for (const breaker of this.#all.values()) breaker.stop();
  }
}
