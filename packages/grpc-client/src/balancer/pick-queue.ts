/**
 * The only place where calls wait. In: calls without an endpoint, and pickers. Out: a pick or an error for each call, in the order
 * of `waiting-calls.ts`, which also bounds their number and their bytes.
 *
 * A call too many ends calls of lower ranks, or takes the place of the oldest of its own. A call whose turn comes with less time left
 * than a response usually takes is not sent. While no endpoint is ready, a wait ends after `maxWaitMs`, or when every endpoint has failed
 * since the call arrived, unless its caller has a part of the stream: then a successor of the lost server may be found in time. While endpoints are ready but full, and before any can be connected to, only the calls' own deadlines end it.
 *
 * After an outage the calls are placed in growing groups (`ramp.ts`).
 *
 * After streams end, the queue makes one pick for each call that it places, and one more.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { ChannelError } from "../errors.ts";
import type { CompletePick, Pick, Picker, PickInfo, PickSource, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { QUEUE_PICKER } from "./queue-picker.ts";
import { Ramp } from "./ramp.ts";
import { type Waiting, WaitingCalls, type WaitingLimits } from "./waiting-calls.ts";

/** Calls that have waited so long for a ready endpoint have met an outage, and not the start of a connection. */
const OUTAGE_MS = 1_000;

/** How long an explanation is reused. A change of the endpoints comes with a new picker, which discards it. */
const EXPLANATION_MS = 10;

export interface PickQueueOptions extends WaitingLimits {
  /** Longest wait of a call that is not wait-for-ready while nothing is ready, in ms. */
  readonly maxWaitMs: number;
}

type FailedPick = Extract<Pick, { readonly kind: "fail" }>;

export interface PickQueueDeps {
  readonly clock: Clock;
  /** Called when a call begins to wait. */
  readonly onWaiting: () => void;
  /** False while no endpoint can be connected to yet; `startWaits` follows. */
  readonly canConnect: () => boolean;
  /** A call comes after `refuse`. True: it may wait, for `startWaits` or another `refuse`, or for an endpoint once `canConnect` is true. */
  readonly onRefusal: () => boolean;
  /** How long a response usually takes, in ms; undefined while unknown. */
  readonly typicalMs: () => number | undefined;
  /** A call was not sent because too little time was left. */
  readonly onTooLate: (waiter: PickWaiter) => void;
  /** The state of the endpoints, for error texts. */
  readonly explain: () => string;
}

export class PickQueue implements PickSource {
  readonly #options: PickQueueOptions;
  readonly #deps: PickQueueDeps;
  readonly #waiting: WaitingCalls;
  readonly #ramp: Ramp;
  #picker: Picker = QUEUE_PICKER;
  #isPlacing = false;
  /** Since when calls wait without a ready endpoint; undefined while an endpoint is ready or no call waits. */
  #nothingReadySinceMs: number | undefined;
  /** Runs while the wait of a call is bounded by time. It may fire early, and is then set again. */
  #timer: Timer | undefined;
  #explanation: { readonly text: string; readonly untilMs: number } | undefined;
  #closed: ChannelError | undefined;
  #refusal: ChannelError | undefined;

  constructor(options: PickQueueOptions, deps: PickQueueDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#waiting = new WaitingCalls(options);
    this.#ramp = new Ramp(deps.clock, () => this.retry());
  }

  get size(): number {
    return this.#waiting.size;
  }

  request(waiter: PickWaiter): void {
    if (this.#closed !== undefined) return waiter.didFailToPick(this.#closed);
    if (this.#refusal !== undefined) {
      if (!this.#deps.onRefusal()) return waiter.didFailToPick(this.#refusal);
      this.#refusal = undefined;
    }
    // A new call does not overtake waiting calls.
    if (this.size > 0) return this.#wait(waiter);
    const pick = this.#picker.pick(waiter);
    if (pick.kind === "complete") waiter.didPick(pick);
    else if (pick.kind === "drop") waiter.didDrop();
    else if (failsAtOnce(pick, waiter)) waiter.didFailToPick(pick.error);
    else this.#wait(waiter);
  }

  tryPick(info: PickInfo): CompletePick | undefined {
    if (this.#closed !== undefined || this.size > 0) return undefined;
    const pick = this.#picker.pick(info);
    return pick.kind === "complete" ? pick : undefined;
  }

  withdraw(waiter: PickWaiter): void {
    if (!this.#waiting.remove(waiter)) return;
    if (this.#waiting.firstBounded === undefined) this.#stopTimer();
    if (this.size > 0) return;
    this.#nothingReadySinceMs = undefined;
    this.#ramp.end();
  }

  grow(waiter: PickWaiter, bytes: number): boolean {
    return this.#waiting.grow(waiter, bytes);
  }

  /** Cached, because thousands of calls may fail in one tick, and an explanation visits every endpoint. */
  explain(): string {
    const now = this.#deps.clock.now();
    if (this.#explanation === undefined || now >= this.#explanation.untilMs)
      this.#explanation = { text: this.#deps.explain(), untilMs: now + EXPLANATION_MS };
    return this.#explanation.text;
  }

  /** Places calls with the new picker, oldest first. If every endpoint has failed, fails the calls that arrived before that. */
  publish(picker: Picker): void {
    this.#picker = picker;
    this.#explanation = undefined;
    const pick = this.retry();
    if (pick?.kind !== "fail") return;
    // One that fails can end others, or make new calls, which are not among these.
    for (const waiter of this.#waiting.thatFailuresEnd(pick.allFailedSinceMs))
      if (this.#waiting.has(waiter)) this.#fail(waiter, pick.error);
  }

  /**
   * Picks again with the same picker after an endpoint has got room. Returns the pick of the first call that keeps waiting; the
   * calls behind it would get the same.
   */
  retry(): Pick | undefined {
    // A placed call may end other calls or request again. The outer loop handles them.
    if (this.#isPlacing) return undefined;
    this.#isPlacing = true;
    try {
      const pick = this.#placeAll();
      if (pick !== undefined) this.#boundWait(pick);
      return pick;
    } finally {
      this.#isPlacing = false;
    }
  }

  /** Endpoints can be connected to from now on: the `maxWaitMs` of the calls that wait begin. */
  startWaits(): void {
    if (this.size === 0) return;
    this.#nothingReadySinceMs = this.#deps.clock.now();
    this.#startTimer();
  }

  /** No endpoint can be connected to: fails the calls that wait, and those that come until `onRefusal` is true. */
  refuse(error: ChannelError): void {
    this.#refusal = error;
    for (const waiter of this.#waiting.waiters) this.#fail(waiter, error);
  }

  close(error: ChannelError): void {
    this.#closed = error;
    for (const waiter of this.#waiting.waiters) this.#fail(waiter, error);
  }

  #placeAll(): Pick | undefined {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { waiter } = next;
      if (!this.#ramp.hasRoom) return undefined;
      if (this.#isTooLate(waiter)) continue;
      const pick = this.#picker.pick(waiter);
      if (pick.kind === "drop") {
        this.withdraw(waiter);
        waiter.didDrop();
        continue;
      }
      if (pick.kind !== "complete") return pick;
      this.#didFindReady();
      this.#ramp.didPlace();
      this.withdraw(waiter);
      waiter.didPick(pick);
    }
    return undefined;
  }

  /** The calls that wait on wait for room from now on, and after an outage for their turn. */
  #didFindReady(): void {
    const sinceMs = this.#nothingReadySinceMs;
    if (sinceMs === undefined) return;
    if (this.#deps.clock.now() - sinceMs >= OUTAGE_MS) this.#ramp.begin();
    this.#nothingReadySinceMs = undefined;
    this.#stopTimer();
  }

  #next(): Waiting | undefined {
    return this.#waiting.next(this.#deps.clock.now());
  }

  /** Ends a call that would be sent in vain: its server would work for a caller that has given up. */
  #isTooLate(waiter: PickWaiter): boolean {
    const typicalMs = this.#deps.typicalMs();
    const leftMs = waiter.deadlineMs - this.#deps.clock.now();
    if (typicalMs === undefined || leftMs >= typicalMs) return false;
    this.#deps.onTooLate(waiter);
    const text = `not sent: ${Math.max(0, Math.round(leftMs))} ms are left after the wait, and a response usually takes ${Math.ceil(typicalMs)} ms`;
    this.#fail(waiter, new ChannelError(Status.deadlineExceeded, text));
    return true;
  }

  /** `maxWaitMs` bounds the wait for a ready endpoint, not the wait for room on a ready one. */
  #boundWait(pick: Pick): void {
    if (pick.kind === "queue" && pick.until === "room") this.#didFindReady();
    else if (this.#deps.canConnect()) {
      this.#nothingReadySinceMs ??= this.#deps.clock.now();
      this.#startTimer();
    }
  }

  #wait(waiter: PickWaiter): void {
    const full = this.#waiting.whatIsFull(waiter.heldBytes);
    const error = full === undefined ? undefined : new ChannelError(Status.unavailable, `${full}: ${this.explain()}`);
    const ended = error === undefined ? [] : this.#waiting.thatGiveWay(waiter);
    if (ended === undefined) return waiter.didFailToPick(error as ChannelError);
    for (const each of ended) this.withdraw(each);
    this.#waiting.add(waiter, this.#deps.clock.now());
    // After the queue has changed, because a caller can do anything when its call ends.
    for (const each of ended) each.didFailToPick(error as ChannelError);
    if (!this.#waiting.has(waiter)) return;
    const pick = this.retry();
    if (!this.#waiting.has(waiter)) return;
    // Those before it wait, whatever fails.
    if (failsAtOnce(pick, waiter)) this.#fail(waiter, pick.error);
    else this.#deps.onWaiting();
  }

  /** Rises in the order of arrival, so the oldest call always expires first. */
  #expiresAtMs({ sinceMs }: Waiting, nothingReadySinceMs: number): number {
    return Math.max(sinceMs, nothingReadySinceMs) + this.#options.maxWaitMs;
  }

  #startTimer(): void {
    const first = this.#waiting.firstBounded;
    const sinceMs = this.#nothingReadySinceMs;
    if (this.#timer !== undefined || first === undefined || sinceMs === undefined) return;
    const { clock } = this.#deps;
    this.#timer = clock.setTimer(this.#expiresAtMs(first, sinceMs) - clock.now(), () => this.#didPassTime());
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Fails the calls that have waited for too long, oldest first. Skips calls that arrive during the loop, made by a call that it failed. */
  #didPassTime(): void {
    this.#timer = undefined;
    const sinceMs = this.#nothingReadySinceMs;
    if (sinceMs === undefined) return;
    const now = this.#deps.clock.now();
    const turns = this.#waiting.nextTurn;
    let error: ChannelError | undefined;
    for (let first = this.#waiting.firstBounded; first !== undefined; first = this.#waiting.firstBounded) {
      if (first.turn >= turns || this.#expiresAtMs(first, sinceMs) > now) break;
      error ??= new ChannelError(
        Status.unavailable,
        `no endpoint within ${this.#options.maxWaitMs} ms: ${this.explain()}`,
      );
      this.#fail(first.waiter, error);
    }
    this.#startTimer();
  }

  #fail(waiter: PickWaiter, error: ChannelError): void {
    this.withdraw(waiter);
    waiter.didFailToPick(error);
  }
}

/** A circuit breaker is open, which is there to fail calls without a wait. */
function failsAtOnce(pick: Pick | undefined, { waitForReady, goesOn }: PickWaiter): pick is FailedPick {
  return pick?.kind === "fail" && pick.allFailedSinceMs === Number.POSITIVE_INFINITY && !waitForReady && !goesOn;
}
