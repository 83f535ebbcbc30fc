/**
 * The only place where calls wait. In: calls without an endpoint, and pickers. Out: a pick or an error for each call, in the order
 * of arrival.
 *
 * The queue is bounded by the number of calls and by the bytes that they hold. While no endpoint is ready, a wait ends after
 * `maxWaitMs`, or when every endpoint has failed since the call arrived. While endpoints are ready but full, only the calls' own
 * deadlines end it.
 *
 * After streams end, the queue makes one pick for each call that it places, and one more. Removal of a call is O(1).
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { ChannelError } from "../errors.ts";
import { Fifo, type FifoItem } from "../fifo.ts";
import type { CompletePick, Pick, Picker, PickInfo, PickSource, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { QUEUE_PICKER } from "./balancer.ts";

/** How long an explanation is reused. A change of the endpoints comes with a new picker, which discards it. */
const EXPLANATION_MS = 10;

export interface PickQueueOptions {
  /** Most calls that may wait at the same time. */
  readonly maxWaitingCalls: number;
  /** Most bytes that waiting calls may hold together. A single waiting call may hold more. */
  readonly maxWaitingBytes: number;
  /** Longest wait of a call that is not wait-for-ready while nothing is ready, in ms. */
  readonly maxWaitMs: number;
}

export interface PickQueueDeps {
  readonly clock: Clock;
  /** Called when a call begins to wait. */
  readonly onWaiting: () => void;
  /** The state of the endpoints, for error texts. */
  readonly explain: () => string;
}

/** A call that waits. */
class Waiting implements FifoItem<Waiting> {
  readonly waiter: PickWaiter;
  /** Its number in the order of all calls that have waited. */
  readonly turn: number;
  readonly sinceMs: number;
  bytes: number;
  before: Waiting | undefined = undefined;
  after: Waiting | undefined = undefined;

  constructor(waiter: PickWaiter, turn: number, sinceMs: number, bytes: number) {
    this.waiter = waiter;
    this.turn = turn;
    this.sinceMs = sinceMs;
    this.bytes = bytes;
  }
}

export class PickQueue implements PickSource {
  readonly #options: PickQueueOptions;
  readonly #deps: PickQueueDeps;
  readonly #waiting = new Map<PickWaiter, Waiting>();
  /** The same calls in two lists: `maxWaitMs` and failed endpoints end the wait of `#bounded` only. */
  readonly #untilReady = new Fifo<Waiting>();
  readonly #bounded = new Fifo<Waiting>();
  #bytes = 0;
  #turns = 0;
  #picker: Picker = QUEUE_PICKER;
  #isPlacing = false;
  /** Since when calls wait without a ready endpoint; undefined while an endpoint is ready or no call waits. */
  #nothingReadySinceMs: number | undefined;
  /** Runs while the wait of a call is bounded by time. It may fire early, and is then set again. */
  #timer: Timer | undefined;
  #explanation: { readonly text: string; readonly untilMs: number } | undefined;
  #closed: ChannelError | undefined;

  constructor(options: PickQueueOptions, deps: PickQueueDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get size(): number {
    return this.#waiting.size;
  }

  request(waiter: PickWaiter): void {
    if (this.#closed !== undefined) return waiter.didFailToPick(this.#closed);
    // A new call does not overtake waiting calls.
    if (this.size > 0) return this.#wait(waiter);
    const pick = this.#picker.pick(waiter);
    if (pick.kind === "complete") waiter.didPick(pick);
    else if (pick.kind === "fail" && pick.allFailedSinceMs === Number.POSITIVE_INFINITY && !waiter.waitForReady)
      waiter.didFailToPick(pick.error);
    else this.#wait(waiter);
  }

  tryPick(info: PickInfo): CompletePick | undefined {
    if (this.#closed !== undefined || this.size > 0) return undefined;
    const pick = this.#picker.pick(info);
    return pick.kind === "complete" ? pick : undefined;
  }

  withdraw(waiter: PickWaiter): void {
    const waiting = this.#waiting.get(waiter);
    if (waiting === undefined) return;
    this.#waiting.delete(waiter);
    this.#listOf(waiter).remove(waiting);
    this.#bytes -= waiting.bytes;
    if (this.#bounded.first === undefined) this.#stopTimer();
    if (this.size === 0) this.#nothingReadySinceMs = undefined;
  }

  grow(waiter: PickWaiter, bytes: number): boolean {
    const waiting = this.#waiting.get(waiter);
    if (waiting === undefined) return true;
    waiting.bytes += bytes;
    this.#bytes += bytes;
    return this.#bytes < this.#options.maxWaitingBytes;
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
    const { error, allFailedSinceMs } = pick;
    this.#failWhile(
      ({ sinceMs }) => sinceMs <= allFailedSinceMs,
      () => error,
    );
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

  close(error: ChannelError): void {
    this.#closed = error;
    for (const waiter of [...this.#waiting.keys()]) this.#fail(waiter, error);
  }

  #placeAll(): Pick | undefined {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { waiter } = next;
      const pick = this.#picker.pick(waiter);
      if (pick.kind !== "complete") return pick;
      this.withdraw(waiter);
      waiter.didPick(pick);
    }
    return undefined;
  }

  #next(): Waiting | undefined {
    const [a, b] = [this.#bounded.first, this.#untilReady.first];
    return a === undefined || (b !== undefined && b.turn < a.turn) ? b : a;
  }

  /** `maxWaitMs` bounds the wait for a ready endpoint, not the wait for room on a ready one. */
  #boundWait(pick: Pick): void {
    if (pick.kind === "queue" && pick.until === "room") {
      this.#nothingReadySinceMs = undefined;
      this.#stopTimer();
    } else {
      this.#nothingReadySinceMs ??= this.#deps.clock.now();
      this.#startTimer();
    }
  }

  #wait(waiter: PickWaiter): void {
    const { heldBytes } = waiter;
    const full = this.#whatIsFull(heldBytes);
    if (full !== undefined) {
      waiter.didFailToPick(new ChannelError(Status.unavailable, `${full}: ${this.explain()}`));
      return;
    }
    const waiting = new Waiting(waiter, this.#turns++, this.#deps.clock.now(), heldBytes);
    this.#waiting.set(waiter, waiting);
    this.#listOf(waiter).push(waiting);
    this.#bytes += heldBytes;
    this.retry();
    if (this.#waiting.has(waiter)) this.#deps.onWaiting();
  }

  #whatIsFull(bytes: number): string | undefined {
    const { maxWaitingCalls, maxWaitingBytes } = this.#options;
    if (this.size >= maxWaitingCalls) return `${this.size} calls wait already, as many as maxWaitingCalls allows`;
    if (this.size === 0 || this.#bytes + bytes <= maxWaitingBytes) return undefined;
    return `${this.size} calls wait already and hold ${this.#bytes} bytes, and maxWaitingBytes (${maxWaitingBytes}) has no room for ${bytes} more`;
  }

  #listOf(waiter: PickWaiter): Fifo<Waiting> {
    return waiter.waitForReady ? this.#untilReady : this.#bounded;
  }

  /** Rises in the order of arrival, so the oldest call always expires first. */
  #expiresAtMs({ sinceMs }: Waiting, nothingReadySinceMs: number): number {
    return Math.max(sinceMs, nothingReadySinceMs) + this.#options.maxWaitMs;
  }

  #startTimer(): void {
    const { first } = this.#bounded;
    const sinceMs = this.#nothingReadySinceMs;
    if (this.#timer !== undefined || first === undefined || sinceMs === undefined) return;
    const { clock } = this.#deps;
    this.#timer = clock.setTimer(this.#expiresAtMs(first, sinceMs) - clock.now(), () => this.#didPassTime());
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #didPassTime(): void {
    this.#timer = undefined;
    const sinceMs = this.#nothingReadySinceMs;
    if (sinceMs === undefined) return;
    const now = this.#deps.clock.now();
    this.#failWhile(
      (waiting) => this.#expiresAtMs(waiting, sinceMs) <= now,
      () => {
        const text = `no endpoint within ${this.#options.maxWaitMs} ms: ${this.explain()}`;
        return new ChannelError(Status.unavailable, text);
      },
    );
    this.#startTimer();
  }

  /** Fails bounded calls, oldest first. Skips calls that arrive during the loop, made by a call that it failed. */
  #failWhile(applies: (waiting: Waiting) => boolean, errorOf: () => ChannelError): void {
    const turns = this.#turns;
    let error: ChannelError | undefined;
    for (let { first } = this.#bounded; first !== undefined; first = this.#bounded.first) {
      if (first.turn >= turns || !applies(first)) return;
      error ??= errorOf();
      this.#fail(first.waiter, error);
    }
  }

  #fail(waiter: PickWaiter, error: ChannelError): void {
    this.withdraw(waiter);
    waiter.didFailToPick(error);
  }
}
