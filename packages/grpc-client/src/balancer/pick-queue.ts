/**
 * The one place that waits. A call that can be placed is placed at once; one that cannot waits here, in the order of
 * arrival, until there is an endpoint with room for it.
 *
 * It is bounded: by the number of calls and the bytes that they hold, by time while nothing is ready, and by hope (every
 * endpoint has failed since the call arrived). While an endpoint is ready and only full, the calls' own deadlines bound
 * the wait.
 *
 * When streams end, it costs a pick for each call that gets a place, and one pick more; taking a call out costs the same
 * however many wait.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { ChannelError } from "../errors.ts";
import { Fifo, type FifoItem } from "../fifo.ts";
import type { Pick, Picker, PickSource, PickWaiter } from "../picker.ts";
import { Status } from "../status.ts";
import { QUEUE_PICKER } from "./balancer.ts";

/** How long an explanation is repeated. What changes meanwhile comes with a new picker, or is a number of calls. */
const EXPLANATION_MS = 10;

export interface PickQueueOptions {
  /** Calls that may wait at once. */
  readonly maxWaitingCalls: number;
  /** What they may hold together, in bytes. A call that waits alone may hold more. */
  readonly maxWaitingBytes: number;
  /** Longest wait of a call that is not wait-for-ready while nothing is ready, in ms. */
  readonly maxWaitMs: number;
}

export interface PickQueueDeps {
  readonly clock: Clock;
  /** Called when a call begins to wait: a good moment to try harder. */
  readonly onWaiting: () => void;
  /** What is known about the endpoints, for errors. */
  readonly explain: () => string;
}

/** A call that waits. */
class Waiting implements FifoItem<Waiting> {
  readonly waiter: PickWaiter;
  /** Its place among all calls that ever waited. */
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
  /** The same calls in two lists, since those that wait for ready outlive what ends the others' wait. */
  readonly #untilReady = new Fifo<Waiting>();
  readonly #bounded = new Fifo<Waiting>();
  #bytes = 0;
  #turns = 0;
  #picker: Picker = QUEUE_PICKER;
  #isPlacing = false;
  /** Since when calls wait with nothing ready; undefined while an endpoint is ready, or no call waits. */
  #nothingReadySinceMs: number | undefined;
  /** Runs while a call's wait is bounded by time. It may come early, and is then set anew. */
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
    // A newcomer does not overtake the calls that wait.
    if (this.size > 0) return this.#wait(waiter);
    const pick = this.#picker.pick(waiter);
    if (pick.kind === "complete") waiter.didPick(pick);
    else this.#wait(waiter);
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

  /** Thousands of calls may give up in one tick, and an explanation looks at every endpoint. */
  explain(): string {
    const now = this.#deps.clock.now();
    if (this.#explanation === undefined || now >= this.#explanation.untilMs)
      this.#explanation = { text: this.#deps.explain(), untilMs: now + EXPLANATION_MS };
    return this.#explanation.text;
  }

  /** Places the calls that the new picker can place, oldest first, and fails those for which it says that none is left. */
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
   * Asks the same picker again: an endpoint that was full has room now. Returns what the first call was told that must
   * go on waiting; those behind it would be told the same.
   */
  retry(): Pick | undefined {
    // A call that is being placed may end others, or ask again: the loop of the outer one sees to them.
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

  /** Time bounds the wait for an endpoint; for room on one that is ready only the calls' deadlines do. */
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

  /** In the order of arrival, so that the oldest call is always the first to give up. */
  #giveUpAtMs({ sinceMs }: Waiting, nothingReadySinceMs: number): number {
    return Math.max(sinceMs, nothingReadySinceMs) + this.#options.maxWaitMs;
  }

  #startTimer(): void {
    const { first } = this.#bounded;
    const sinceMs = this.#nothingReadySinceMs;
    if (this.#timer !== undefined || first === undefined || sinceMs === undefined) return;
    const { clock } = this.#deps;
    this.#timer = clock.setTimer(this.#giveUpAtMs(first, sinceMs) - clock.now(), () => this.#didPassTime());
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
      (waiting) => this.#giveUpAtMs(waiting, sinceMs) <= now,
      () => {
        const text = `no endpoint within ${this.#options.maxWaitMs} ms: ${this.explain()}`;
        return new ChannelError(Status.unavailable, text);
      },
    );
    this.#startTimer();
  }

  /** Fails bounded calls from the oldest on; a call that arrives meanwhile, made by one that was failed, is left. */
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
