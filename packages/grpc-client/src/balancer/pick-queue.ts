/**
 * The only place where calls wait. In: calls without an endpoint, and pickers. Out: a pick or an error for each call, in the order
 * of arrival. When the queue has not been empty for 100 ms, the newest call comes first: of more calls than can be served in time, the
 * oldest are the ones that their callers give up, and serving them first would make every call late.
 *
 * The queue is bounded by the number of calls and by the bytes that they hold. A call too many ends calls of lower ranks, or takes
 * the place of the oldest of its own. A call whose turn comes with less time left than a response usually takes is not sent. While no endpoint is ready, a wait ends after
 * `maxWaitMs`, or when every endpoint has failed since the call arrived. While endpoints are ready but full, only the calls' own
 * deadlines end it.
 *
 * After an outage the calls are placed in growing groups (`ramp.ts`).
 *
 * After streams end, the queue makes one pick for each call that it places, and one more. Removal of a call is O(1).
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { ChannelError } from "../errors.ts";
import { Fifo, type FifoItem } from "../fifo.ts";
import type { CompletePick, Pick, Picker, PickInfo, PickSource, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { QUEUE_PICKER } from "./balancer.ts";
import { Ramp } from "./ramp.ts";

/** How long calls wait without a break until the newest one comes first. */
const NEWEST_FIRST_MS = 100;
/** Ranks of calls: see `PickWaiter.rank`. */
const RANKS = 4;

/** Calls that have waited so long for a ready endpoint have met an outage, and not the start of a connection. */
const OUTAGE_MS = 1_000;

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
  /** How long a response usually takes, in ms; undefined while unknown. */
  readonly typicalMs: () => number | undefined;
  /** A call was not sent because too little time was left. */
  readonly onTooLate: (waiter: PickWaiter) => void;
  /** The state of the endpoints, for error texts. */
  readonly explain: () => string;
}

/** A call that waits. */
class Waiting implements FifoItem<Waiting> {
  readonly waiter: PickWaiter;
  /** Its number in the order of all calls that have waited. */
  readonly turn: number;
  readonly sinceMs: number;
  readonly ranked: Ranked;
  bytes: number;
  before: Waiting | undefined = undefined;
  after: Waiting | undefined = undefined;

  constructor(waiter: PickWaiter, turn: number, sinceMs: number) {
    this.waiter = waiter;
    this.turn = turn;
    this.sinceMs = sinceMs;
    this.ranked = new Ranked(this, waiter.rank);
    this.bytes = waiter.heldBytes;
  }
}

/** The same call in the list of its rank. */
class Ranked implements FifoItem<Ranked> {
  readonly waiting: Waiting;
  readonly rank: number;
  before: Ranked | undefined = undefined;
  after: Ranked | undefined = undefined;

  constructor(waiting: Waiting, rank: number) {
    this.waiting = waiting;
    this.rank = rank;
  }
}

export class PickQueue implements PickSource {
  readonly #options: PickQueueOptions;
  readonly #deps: PickQueueDeps;
  readonly #waiting = new Map<PickWaiter, Waiting>();
  /** The same calls in two lists: `maxWaitMs` and failed endpoints end the wait of `#bounded` only. */
  readonly #untilReady = new Fifo<Waiting>();
  readonly #bounded = new Fifo<Waiting>();
  /** The same calls by rank. */
  readonly #ranks: readonly Fifo<Ranked>[] = Array.from({ length: RANKS }, () => new Fifo<Ranked>());
  #bytes = 0;
  /** Since when calls wait without a break. */
  #waitingSinceMs = 0;
  #turns = 0;
  readonly #ramp: Ramp;
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
    this.#ramp = new Ramp(deps.clock, () => this.retry());
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
    else if (pick.kind === "drop") waiter.didDrop();
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
    this.#rankOf(waiting.ranked).remove(waiting.ranked);
    this.#bytes -= waiting.bytes;
    if (this.#bounded.first === undefined) this.#stopTimer();
    if (this.size > 0) return;
    this.#nothingReadySinceMs = undefined;
    this.#ramp.end();
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
    if (this.size > 0 && this.#deps.clock.now() - this.#waitingSinceMs >= NEWEST_FIRST_MS) return this.#newest();
    const [a, b] = [this.#bounded.first, this.#untilReady.first];
    return a === undefined || (b !== undefined && b.turn < a.turn) ? b : a;
  }

  #newest(): Waiting | undefined {
    const [a, b] = [this.#bounded.last, this.#untilReady.last];
    return a === undefined || (b !== undefined && b.turn > a.turn) ? b : a;
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
    else {
      this.#nothingReadySinceMs ??= this.#deps.clock.now();
      this.#startTimer();
    }
  }

  #wait(waiter: PickWaiter): void {
    const full = this.#whatIsFull(waiter.heldBytes);
    const error = full === undefined ? undefined : new ChannelError(Status.unavailable, `${full}: ${this.explain()}`);
    const ended = error === undefined ? [] : this.#makeRoom(waiter);
    if (ended === undefined) return waiter.didFailToPick(error as ChannelError);
    this.#admit(waiter);
    // After the queue has changed, because a caller can do anything when its call ends.
    for (const each of ended) each.didFailToPick(error as ChannelError);
    if (!this.#waiting.has(waiter)) return;
    this.retry();
    if (this.#waiting.has(waiter)) this.#deps.onWaiting();
  }

  #admit(waiter: PickWaiter): void {
    const now = this.#deps.clock.now();
    if (this.size === 0) this.#waitingSinceMs = now;
    const waiting = new Waiting(waiter, this.#turns++, now);
    this.#waiting.set(waiter, waiting);
    this.#listOf(waiter).push(waiting);
    this.#rankOf(waiting.ranked).push(waiting.ranked);
    this.#bytes += waiting.bytes;
  }

  /** Takes out the calls that end for a new one; undefined: they would not make enough room, and stay. */
  #makeRoom({ rank, heldBytes }: PickWaiter): readonly PickWaiter[] | undefined {
    const waiters: PickWaiter[] = [];
    let bytes = this.#bytes;
    for (const { waiter, bytes: freed } of this.#lessImportant(rank)) {
      waiters.push(waiter);
      bytes -= freed;
      if (this.#hasRoom(this.size - waiters.length, bytes, heldBytes)) {
        for (const each of waiters) this.withdraw(each);
        return waiters;
      }
    }
    return undefined;
  }

  /**
   * The calls that may end for a new one of `rank`: those of lower ranks, lowest first and oldest first. The oldest of the same
   * rank gives up its place, but not its bytes: a large message must not end many calls that are as important, nor a small call a
   * large one.
   */
  *#lessImportant(rank: number): Iterable<Waiting> {
    for (const lower of this.#ranks.slice(0, rank))
      for (let each = lower.first; each !== undefined; each = each.after) yield each.waiting;
    const same = this.#ranks[rank]?.first;
    if (same !== undefined && this.size >= this.#options.maxWaitingCalls) yield same.waiting;
  }

  #rankOf({ rank }: Ranked): Fifo<Ranked> {
    return this.#ranks[rank] as Fifo<Ranked>;
  }

  #whatIsFull(bytes: number): string | undefined {
    if (this.#hasRoom(this.size, this.#bytes, bytes)) return undefined;
    const { maxWaitingCalls, maxWaitingBytes } = this.#options;
    if (this.size >= maxWaitingCalls) return `${this.size} calls wait already, as many as maxWaitingCalls allows`;
    return `${this.size} calls wait already and hold ${this.#bytes} bytes, and maxWaitingBytes (${maxWaitingBytes}) has no room for ${bytes} more`;
  }

  #hasRoom(calls: number, waitingBytes: number, bytes: number): boolean {
    const { maxWaitingCalls, maxWaitingBytes } = this.#options;
    return calls < maxWaitingCalls && (calls === 0 || waitingBytes + bytes <= maxWaitingBytes);
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
