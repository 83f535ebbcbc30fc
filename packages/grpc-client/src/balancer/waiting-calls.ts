/**
 * The calls that wait, each in three orders: of its arrival among those that time bounds or does not bound, and of its rank. In: waiters.
 * Out: whose turn it is, and which calls end for a new one when number or bytes reach their bounds. It ends no call itself.
 *
 * When calls have waited for 100 ms without a break, the newest comes first: of more calls than can be served in time, the oldest are the
 * ones that their callers give up, and serving them first would make every call late. Adding and removing a call is O(1).
 */

import { Fifo, type FifoItem } from "../fifo.ts";
import type { PickWaiter } from "../picker.ts";

/** How long calls wait without a break until the newest one comes first. */
const NEWEST_FIRST_MS = 100;
/** Ranks of calls: see `PickWaiter.rank`. */
const RANKS = 4;

export interface WaitingLimits {
  /** Most calls that may wait at the same time. */
  readonly maxWaitingCalls: number;
  /** Most bytes that waiting calls may hold together. A single waiting call may hold more. */
  readonly maxWaitingBytes: number;
}

/** A call that waits. */
export class Waiting implements FifoItem<Waiting> {
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

export class WaitingCalls {
  readonly #limits: WaitingLimits;
  readonly #byWaiter = new Map<PickWaiter, Waiting>();
  /** The same calls in two lists: time and failed endpoints end the wait of `#bounded` only. */
  readonly #untilReady = new Fifo<Waiting>();
  readonly #bounded = new Fifo<Waiting>();
  /** The same calls by rank. */
  readonly #ranks: readonly Fifo<Ranked>[] = Array.from({ length: RANKS }, () => new Fifo<Ranked>());
  #bytes = 0;
  /** Since when calls wait without a break. */
  #sinceMs = 0;
  #turns = 0;

  constructor(limits: WaitingLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#byWaiter.size;
  }

  /** The turn that the next call gets: all calls that wait now have lower ones. */
  get nextTurn(): number {
    return this.#turns;
  }

  /** The oldest of the calls that are not wait-for-ready. */
  get firstBounded(): Waiting | undefined {
    return this.#bounded.first;
  }

  /** The calls that have waited since `ms` or longer and that end when every endpoint has failed, oldest first. */
  thatFailuresEnd(ms: number): readonly PickWaiter[] {
    const waiters: PickWaiter[] = [];
    for (let each = this.#bounded.first; each !== undefined && each.sinceMs <= ms; each = each.after)
      if (!each.waiter.goesOn) waiters.push(each.waiter);
    return waiters;
  }

  get waiters(): readonly PickWaiter[] {
    return [...this.#byWaiter.keys()];
  }

  has(waiter: PickWaiter): boolean {
    return this.#byWaiter.has(waiter);
  }

  /** The call whose turn it is; undefined when none waits. */
  next(nowMs: number): Waiting | undefined {
    if (this.size > 0 && nowMs - this.#sinceMs >= NEWEST_FIRST_MS) return this.#newest();
    const [a, b] = [this.#bounded.first, this.#untilReady.first];
    return a === undefined || (b !== undefined && b.turn < a.turn) ? b : a;
  }

  add(waiter: PickWaiter, nowMs: number): void {
    if (this.size === 0) this.#sinceMs = nowMs;
    const waiting = new Waiting(waiter, this.#turns++, nowMs);
    this.#byWaiter.set(waiter, waiting);
    this.#listOf(waiter).push(waiting);
    this.#rankOf(waiting.ranked).push(waiting.ranked);
    this.#bytes += waiting.bytes;
  }

  /** False: it did not wait. */
  remove(waiter: PickWaiter): boolean {
    const waiting = this.#byWaiter.get(waiter);
    if (waiting === undefined) return false;
    this.#byWaiter.delete(waiter);
    this.#listOf(waiter).remove(waiting);
    this.#rankOf(waiting.ranked).remove(waiting.ranked);
    this.#bytes -= waiting.bytes;
    return true;
  }

  /** It holds `bytes` more. False: the bound is reached. */
  grow(waiter: PickWaiter, bytes: number): boolean {
    const waiting = this.#byWaiter.get(waiter);
    if (waiting === undefined) return true;
    waiting.bytes += bytes;
    this.#bytes += bytes;
    return this.#bytes < this.#limits.maxWaitingBytes;
  }

  /** Why a call that holds `bytes` has no room; undefined: it has. */
  whatIsFull(bytes: number): string | undefined {
    if (this.#hasRoom(this.size, this.#bytes, bytes)) return undefined;
    const { maxWaitingCalls, maxWaitingBytes } = this.#limits;
    if (this.size >= maxWaitingCalls) return `${this.size} calls wait already, as many as maxWaitingCalls allows`;
    return `${this.size} calls wait already and hold ${this.#bytes} bytes, and maxWaitingBytes (${maxWaitingBytes}) has no room for ${bytes} more`;
  }

  /** The calls that end for a new one; undefined: they would not make enough room, and stay. */
  thatGiveWay({ rank, heldBytes }: PickWaiter): readonly PickWaiter[] | undefined {
    const waiters: PickWaiter[] = [];
    let bytes = this.#bytes;
    for (const { waiter, bytes: freed } of this.#lessImportant(rank)) {
      waiters.push(waiter);
      bytes -= freed;
      if (this.#hasRoom(this.size - waiters.length, bytes, heldBytes)) return waiters;
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
    if (same !== undefined && this.size >= this.#limits.maxWaitingCalls) yield same.waiting;
  }

  #newest(): Waiting | undefined {
    const [a, b] = [this.#bounded.last, this.#untilReady.last];
    return a === undefined || (b !== undefined && b.turn > a.turn) ? b : a;
  }

  #hasRoom(calls: number, waitingBytes: number, bytes: number): boolean {
    const { maxWaitingCalls, maxWaitingBytes } = this.#limits;
    return calls < maxWaitingCalls && (calls === 0 || waitingBytes + bytes <= maxWaitingBytes);
  }

  #listOf(waiter: PickWaiter): Fifo<Waiting> {
    return waiter.waitForReady ? this.#untilReady : this.#bounded;
  }

  #rankOf({ rank }: Ranked): Fifo<Ranked> {
    return this.#ranks[rank] as Fifo<Ranked>;
  }
}
