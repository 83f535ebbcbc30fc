/**
 * Ejection of one endpoint: no calls go to it while it is ejected. In: outcomes of its attempts and probes. Out: its exclusion
 * `ejected`, and events. Whether a share of the tier may be ejected is the question of `OutlierDetection`.
 *
 *             5 failures in a row, or half of 10          its time passed
 *   watched ─────────────────────────────────► ejected ──────────────────► half-open
 *     ▲                                           ▲                           │ │
 *     │                                           └───── the probe failed ────┘ │
 *     └────────────────────────── the probe succeeded ──────────────────────────┘
 *
 * Half-open: one idempotent call goes there, or a health check when no such call has come for 5 s.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import type { EndpointLoad, Learner, LoadAttempt } from "../endpoint-load.ts";
import type { ChannelEvents } from "../events.ts";
import type { OutlierDetectionOptions, Resolved } from "../health-options.ts";
import type { Outcome, OutcomeKind } from "../outcome.ts";
import { Status, type StatusCode } from "../status.ts";
import { OutcomeWindow } from "./window.ts";

/** Each of these times without an ejection takes back one doubling. */
const FORGIVEN_MS = 60_000;
/** How long a half-open endpoint waits for an idempotent call until a health check takes its place. */
const PROBE_WAIT_MS = 5_000;
/** After a return this many successes end the probation, in which one failure ejects again. */
const PROBATION = 5;
/** A server's own words about a request or a defect: they count, and do not make a row. */
const NO_STREAK: ReadonlySet<StatusCode> = new Set([
  Status.resourceExhausted,
  Status.internal,
  Status.unknown,
  Status.dataLoss,
]);

type State =
  | { readonly kind: "watched" }
  | { readonly kind: "ejected"; readonly timer: Timer }
  | { readonly kind: "half-open"; readonly timer: Timer };

const WATCHED: State = { kind: "watched" };

export type EjectionReason = "consecutive-failures" | "failure-ratio" | "probe-failed";

/** What the ejection of one endpoint needs of the others, and of the channel. */
export interface OutlierDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: ChannelEvents;
  readonly options: Resolved<OutlierDetectionOptions>;
  /** Whether it fails that much more often than the others, and one more may be ejected. */
  mayEject(outlier: Outlier, reason: EjectionReason, nowMs: number): boolean;
  /** Asks the endpoint for its health, and passes the answer to `load.reportProbe`. */
  checkHealth(load: EndpointLoad): void;
  /** The endpoint takes calls again. */
  didReturn(load: EndpointLoad): void;
  forget(outlier: Outlier): void;
}

export class Outlier implements Learner {
  readonly load: EndpointLoad;
  readonly window: OutcomeWindow = new OutcomeWindow();
  readonly #deps: OutlierDeps;
  #state: State = WATCHED;
  #streak = 0;
  /** The last five outcomes, a bit each, the latest one lowest; 1: a failure. */
  #lastFive = 0;
  #lastOutcomeMs: number = Number.NEGATIVE_INFINITY;
  /** Ejections that have not been forgiven. */
  #ejections = 0;
  #probation = 0;
  #returnedMs = 0;

  constructor(load: EndpointLoad, deps: OutlierDeps) {
    this.load = load;
    this.#deps = deps;
  }

  get isEjected(): boolean {
    return this.#state.kind !== "watched";
  }

  /** How many of its last five outcomes are failures, 0 to 1; 0 when the last one is older than the window. */
  recentRatio(nowMs: number): number {
    return nowMs - this.#lastOutcomeMs > 10_000 ? 0 : bitsOf(this.#lastFive) / 5;
  }

  didStart(): void {}

  didRespond(): void {}

  didEnd(_attempt: LoadAttempt, { kind, code, origin }: Outcome, nowMs: number): void {
    if (kind === "ignorable") return;
    const isFailure = kind === "failure";
    this.window.add(isFailure, nowMs);
    this.#lastOutcomeMs = nowMs;
    this.#lastFive = ((this.#lastFive << 1) | (isFailure ? 1 : 0)) & 0b11111;
    if (!isFailure) {
      this.#streak = 0;
      if (this.#probation > 0) this.#probation--;
      return;
    }
    if (origin !== "server" || !NO_STREAK.has(code)) this.#streak++;
    if (this.#state.kind === "watched") this.#didFail(nowMs);
  }

  didProbe(kind: OutcomeKind, nowMs: number): void {
    if (this.#state.kind !== "half-open") return;
    if (kind === "success") this.#return(nowMs);
    else if (kind === "failure") this.#eject("probe-failed", nowMs);
    else this.#halfOpen();
  }

  didForget(): void {
    this.close();
    this.#deps.forget(this);
  }

  close(): void {
    if (this.#state.kind !== "watched") this.#state.timer.cancel();
  }

  #didFail(nowMs: number): void {
    const reason = this.#reasonToEject(nowMs);
    if (reason !== undefined && this.#deps.mayEject(this, reason, nowMs)) this.#eject(reason, nowMs);
  }

  #reasonToEject(nowMs: number): EjectionReason | undefined {
    const { consecutiveFailures, failureRatio, minCalls } = this.#deps.options;
    if (this.#streak >= (this.#probation > 0 ? 1 : consecutiveFailures)) return "consecutive-failures";
    const calls = this.window.calls(nowMs);
    return calls >= minCalls && this.window.failures(nowMs) >= failureRatio * calls ? "failure-ratio" : undefined;
  }

  #eject(reason: EjectionReason, nowMs: number): void {
    const { clock, random, events, options } = this.#deps;
    const forgiven = Math.floor((nowMs - this.#returnedMs) / FORGIVEN_MS);
    if (this.#state.kind === "watched") this.#ejections = Math.max(0, this.#ejections - forgiven);
    const boundMs = Math.min(options.maxEjectionMs, options.baseEjectionMs * 2 ** this.#ejections);
    const forMs = Math.round(boundMs * (0.5 + random() / 2));
    // Not further than to the longest one: after an outage of hours a minute must take back a doubling that is felt.
    if (boundMs < options.maxEjectionMs) this.#ejections++;
    this.close();
    const timer = clock.setTimer(forMs, () => this.#halfOpen(), { unref: true });
    this.#state = { kind: "ejected", timer };
    events.emit(() => ({ type: "ejected", endpoint: this.load.key, reason, forMs }));
    this.load.exclude("ejected");
  }

  #halfOpen(): void {
    this.close();
    const timer = this.#deps.clock.setTimer(PROBE_WAIT_MS, () => this.#checkHealth(), { unref: true });
    this.#state = { kind: "half-open", timer };
    this.load.offerProbe("ejected", "idempotent");
  }

  #checkHealth(): void {
    this.#halfOpen();
    if (this.load.probe === "none") return; // one is under way, or another reason excludes the endpoint
    this.load.takeProbe("check");
    this.#deps.checkHealth(this.load);
  }

  #return(nowMs: number): void {
    this.close();
    this.#state = WATCHED;
    this.#streak = 0;
    this.#lastFive = 0;
    this.window.clear();
    this.#probation = PROBATION;
    this.#returnedMs = nowMs;
    this.#deps.events.emit(() => ({ type: "unejected", endpoint: this.load.key }));
    this.load.admit("ejected");
    this.#deps.didReturn(this.load);
  }
}

function bitsOf(five: number): number {
  let bits = 0;
  for (let rest = five; rest > 0; rest &= rest - 1) bits++;
  return bits;
}
