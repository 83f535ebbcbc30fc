/**
 * What the channel knows of the attempts on one endpoint, as plain numbers that the picker reads. It is kept by the
 * endpoint's key, across updates of the endpoint set, connections and pickers.
 *
 *   attempt ── didStart, didRespond, didEnd ──► EndpointLoad ──► learners, with the same values
 *   learners, balancer ── setFactor, exclude, admit ──► EndpointLoad ◄── inFlight, costFactor, isEligible ── picker
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { EndpointKey } from "./endpoint.ts";
import { type Exclusion, Exclusions, type ProbeNeed } from "./exclusions.ts";
import { Fifo, type FifoItem } from "./fifo.ts";
import type { FleetLatency } from "./fleet-latency.ts";
import type { Outcome, OutcomeKind } from "./outcome.ts";

/** Flap damping: an endpoint that is listed again within this time continues with its counters and its ejection. */
const REMEMBERED_MS = 60_000;
/** Attempts leave a suspect peer for nothing once in this time. When it is suspect more often, they cost what retries cost. */
const FREE_MOVES_EVERY_MS = 60_000;
/** Bounds the memory when endpoints change fast. It is the size of the largest endpoint set. */
const MAX_REMEMBERED = 1_000;

/** An attempt as its endpoint's load keeps it, from its pick until it ends. */
export interface LoadAttempt extends FifoItem<LoadAttempt> {
  readonly startedMs: number;
  /** Whether its method streams responses: then its first response bytes are the answer to look at, else its end. */
  readonly isStream: boolean;
  /** How long it had waited for response bytes when that was last counted as a response time, in ms; 0: never. Written by learners. */
  censoredMs: number;
  /** The peer has not acknowledged a PING in time: the attempt may be lost. */
  onSuspect?(): void;
}

/** Learns from the attempts on one endpoint. What it learns it writes into the endpoint's load. */
export interface Learner {
  /** Once for each attempt. */
  didStart(attempt: LoadAttempt): void;
  /** The first response bytes of an attempt came `ttfbMs` after its start. At most once for each attempt, before its end. */
  didRespond(attempt: LoadAttempt, ttfbMs: number): void;
  /** Once for each attempt; `nowMs` is the instant of its end. */
  didEnd(attempt: LoadAttempt, outcome: Outcome, nowMs: number): void;
  /** An excluded endpoint has had a probe: the attempt began with `takeProbe`, or `reportProbe` was called. */
  didProbe?(kind: OutcomeKind, nowMs: number): void;
  /** The load is forgotten. Attempts that are in flight still report. */
  didForget?(): void;
}

/** What multiplies the cost of a call on an endpoint. */
export type FactorName = "zone" | "weight" | "reserve" | "slow" | "failing" | "warm-up";

export class EndpointLoad {
  readonly key: EndpointKey;
  /** Attempts from their pick to the end of their stream. */
  inFlight = 0;
  /** Pickers start no more attempts at the same time: the endpoint has said that it is overloaded. Infinity: no limit. */
  maxInFlight: number = Number.POSITIVE_INFINITY;
  /** Calls in flight that the endpoint counts as having besides, because it is in another zone than the client. */
  distance = 0;
  /** The product of all factors. */
  costFactor = 1;
  /** Whether health lets calls go here once the endpoint is ready. */
  isEligible = true;
  /** Whether pickers take it: it is eligible, or panic overrules its ejection. */
  takesCalls = true;
  /** Its peer owes the answer to a PING. Later attempts of a call avoid it: peers that stop together are found one after the other. */
  isInDoubt = false;
  /** The call that may go here although it is not eligible, to show whether it works again. */
  probe: ProbeNeed = "none";
  /** How often its attempts have failed lately, 0 to 1. The factor `failing` is made of it. */
  failureRate = 0;
  /** Of all endpoints of the target together. */
  readonly latency: FleetLatency;
  /** Attempts without response bytes, oldest first: each has waited at least as long as the next one. */
  readonly awaitingResponse: Fifo<LoadAttempt> = new Fifo<LoadAttempt>();
  readonly #factors: Record<FactorName, number> = {
    zone: 1,
    weight: 1,
    reserve: 1,
    slow: 1,
    failing: 1,
    "warm-up": 1,
  };
  readonly #exclusions = new Exclusions();
  #isInPanic = false;
  /** `starting`: the next attempt is the probe. `checking`: a health check is. */
  #probing: "starting" | "checking" | LoadAttempt | undefined;
  /** Whether attempts may leave for another endpoint without a token of the retry budget. */
  areMovesFree = false;
  #lastFreeMs = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;
  readonly #learners: readonly Learner[];
  readonly #onEligibility: (load: EndpointLoad) => void;
  readonly #onProbe: (() => void) | undefined;

  constructor(key: EndpointKey, deps: EndpointLoadsDeps) {
    const { clock, latency, learners, onEligibility, onProbe } = deps;
    this.key = key;
    this.#clock = clock;
    this.latency = latency;
    this.#onEligibility = onEligibility;
    this.#onProbe = onProbe;
    this.#learners = learners.map((createLearner) => createLearner(this));
  }

  didStart(attempt: LoadAttempt): void {
    this.inFlight++;
    this.awaitingResponse.push(attempt);
    if (this.#probing === "starting") this.#probing = attempt;
    for (const learner of this.#learners) learner.didStart(attempt);
  }

  didRespond(attempt: LoadAttempt, ttfbMs: number): void {
    this.awaitingResponse.remove(attempt);
    if (attempt.isStream) this.latency.didRespond(ttfbMs);
    for (const learner of this.#learners) learner.didRespond(attempt, ttfbMs);
    if (attempt.isStream && this.#probing === attempt) this.reportProbe("success", attempt.startedMs + ttfbMs);
  }

  didEnd(attempt: LoadAttempt, outcome: Outcome): void {
    this.inFlight--;
    if (outcome.ttfbMs === undefined) this.awaitingResponse.remove(attempt);
    else if (!attempt.isStream && outcome.class === "completed") this.latency.didRespond(outcome.ttfbMs);
    const nowMs = attempt.startedMs + outcome.durationMs;
    for (const learner of this.#learners) learner.didEnd(attempt, outcome, nowMs);
    if (this.#probing === attempt) this.reportProbe(outcome.kind, nowMs);
  }

  /** No endpoint will have this load any more. */
  didForget(): void {
    for (const learner of this.#learners) learner.didForget?.();
  }

  setFactor(name: FactorName, factor: number): void {
    const factors = this.#factors;
    if (factors[name] === factor) return;
    factors[name] = factor;
    this.costFactor =
      factors.zone * factors.weight * factors.reserve * factors.slow * factors.failing * factors["warm-up"];
  }

  /** Why it is not eligible; undefined when it is. The oldest of several reasons. */
  get exclusion(): Exclusion | undefined {
    return this.#exclusions.first;
  }

  /** Eligible, or only idle for so long that a PING has to show first whether its connection still exists. */
  get isUsable(): boolean {
    return this.isEligible || this.#exclusions.isOnly("unverified");
  }

  /** Keeps calls away until the same reason is given to `admit`. Attempts in flight go on; those of a suspect peer learn of it. */
  exclude(reason: Exclusion): void {
    const isNew = this.#exclusions.add(reason);
    this.#renew();
    if (isNew && reason === "suspect") this.#didBecomeSuspect();
  }

  /** The peer is silent: its attempts may go on elsewhere. Called again when another endpoint may take them. */
  offerMoves(): void {
    if (this.#exclusions.has("suspect")) for (const attempt of this.awaitingResponse.items()) attempt.onSuspect?.();
  }

  admit(reason: Exclusion): void {
    this.#exclusions.remove(reason);
    this.#renew();
  }

  /** One call may go here, of the kind `need`, and its outcome comes to `didProbe`. Without effect unless `reason` excludes it. */
  offerProbe(reason: Exclusion, need: "idempotent" | "any"): void {
    this.#exclusions.offerProbe(reason, need);
    this.#renew();
  }

  get isProbing(): boolean {
    return this.#probing !== undefined;
  }

  /** The next attempt is the probe; or a health check, whose result comes by `reportProbe`. */
  takeProbe(by: "attempt" | "check" = "attempt"): void {
    this.#probing = by === "attempt" ? "starting" : "checking";
    this.#renew();
  }

  /** The probe has ended: an attempt's, or a health check in its place. */
  reportProbe(kind: OutcomeKind, nowMs: number): void {
    this.#probing = undefined;
    for (const learner of this.#learners) learner.didProbe?.(kind, nowMs);
    this.#renew();
  }

  /** Panic: calls go here even while it is ejected. */
  setPanic(isInPanic: boolean): void {
    if (this.#isInPanic === isInPanic) return;
    this.#isInPanic = isInPanic;
    this.#renew();
  }

  /** A token would bound the moves by the calls of the last minutes, and so strand most of those that wait here when all peers stop at once. */
  #didBecomeSuspect(): void {
    const nowMs = this.#clock.now();
    this.areMovesFree = nowMs - this.#lastFreeMs >= FREE_MOVES_EVERY_MS;
    if (this.areMovesFree) this.#lastFreeMs = nowMs;
    this.offerMoves();
  }

  #renew(): void {
    const wasEligible = this.isEligible;
    const before = this.probe;
    this.isEligible = this.#exclusions.isEmpty;
    this.takesCalls = this.isEligible || (this.#isInPanic && this.#exclusions.isOnly("ejected"));
    this.probe = this.#probing === undefined ? this.#exclusions.probe : "none";
    if (this.isEligible !== wasEligible) this.#onEligibility(this);
    if (this.probe !== before && this.probe !== "none") this.#onProbe?.();
  }
}

export interface EndpointLoadsDeps {
  readonly clock: Clock;
  /** Of all attempts together, also of those on endpoints that have left. */
  readonly latency: FleetLatency;
  /** Makes the learners of each new endpoint. */
  readonly learners: readonly ((load: EndpointLoad) => Learner)[];
  /** Called after `isEligible` of an endpoint has changed. */
  readonly onEligibility: (load: EndpointLoad) => void;
  /** Called when an endpoint begins to wait for a probe. */
  readonly onProbe?: (() => void) | undefined;
}

/** The loads of a channel's endpoints. */
export class EndpointLoads {
  readonly #deps: EndpointLoadsDeps;
  readonly #byKey = new Map<EndpointKey, EndpointLoad>();
  /** Loads of endpoints that are no longer listed, in the order in which they expire. */
  readonly #remembered = new Map<EndpointKey, { readonly load: EndpointLoad; readonly untilMs: number }>();

  constructor(deps: EndpointLoadsDeps) {
    this.#deps = deps;
  }

  /** The load of an endpoint, made when it is first asked for. */
  of(key: EndpointKey): EndpointLoad {
    let load = this.#byKey.get(key);
    if (load === undefined) {
      load = this.#recall(key) ?? new EndpointLoad(key, this.#deps);
      this.#byKey.set(key, load);
    }
    return load;
  }

  /** The endpoint is no longer listed. If it is listed again within 60 s it gets the same load, later a new one. */
  forget(key: EndpointKey): void {
    const load = this.#byKey.get(key);
    if (load === undefined) return;
    this.#byKey.delete(key);
    this.#remembered.set(key, { load, untilMs: this.#deps.clock.now() + REMEMBERED_MS });
    this.#forgetOldest();
  }

  #recall(key: EndpointKey): EndpointLoad | undefined {
    const remembered = this.#remembered.get(key);
    this.#remembered.delete(key);
    if (remembered === undefined || this.#deps.clock.now() < remembered.untilMs) return remembered?.load;
    remembered.load.didForget();
    return undefined;
  }

  #forgetOldest(): void {
    const nowMs = this.#deps.clock.now();
    for (const [key, { load, untilMs }] of this.#remembered) {
      if (untilMs > nowMs && this.#remembered.size <= MAX_REMEMBERED) return;
      this.#remembered.delete(key);
      load.didForget();
    }
  }
}
