/**
 * What the costs of a fleet have in common: its median response time, how many of its endpoints are new, and the passing of time.
 * In: the ready endpoints of the active tier. Out: renewed factors, every 100 ms while calls are in flight or a factor still
 * changes with time. A channel whose calls are few and quick is looked at once a second, and on an idle one nothing runs.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { EndpointLoad } from "../endpoint-load.ts";
import { EndpointCost, type Fleet } from "./endpoint-cost.ts";
import type { Usual } from "./slow-ratio.ts";

/** How old a factor may be. In it ten calls of 10 ms begin and end, and 1,000 endpoints are renewed in well below a millisecond. */
const RENEW_MS = 100;
/**
 * The same after a look that found no call in flight, and nothing that changes with time. Calls are few then, and quick: a look within 100 ms
 * would be one for each call, and wake the process for it. An endpoint that hangs has its calls in flight against it before.
 */
const RENEW_QUIET_MS = 1_000;
const MEDIAN_MS = 250;
/** A timer that fires later than this shows that the event loop was blocked: responses may be waiting unread. */
const LATE_MS = 100;
/** An endpoint that was not ready for longer than this joins anew. A reconnect after GOAWAY or a lost connection is shorter. */
const ABSENT_MS = 10_000;
/** Slow start is off while more than a third of the fleet is new: the others could not carry the calls. */
const MAX_NEW_RATIO = 1 / 3;

export interface CostsDeps {
  readonly clock: Clock;
  /** How long the share of a new endpoint grows, in ms. 0: it has its whole share at once. */
  readonly slowStartMs: number;
}

export class Costs implements Fleet {
  readonly slowStartMs: number;
  usual: Usual | undefined = undefined;
  blockedUntilMs: number = Number.NEGATIVE_INFINITY;
  isMostlyNew = false;
  readonly #clock: Clock;
  readonly #byLoad = new Map<EndpointLoad, EndpointCost>();
  #fleet: readonly EndpointCost[] = [];
  #medianMs: number = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #dueMs = 0;
  /** At the last look. */
  #wasSettled = false;
  #isClosed = false;

  constructor({ clock, slowStartMs }: CostsDeps) {
    this.#clock = clock;
    this.slowStartMs = slowStartMs;
  }

  /** Makes the learner of an endpoint. */
  readonly createLearner = (load: EndpointLoad): EndpointCost => {
    const cost = new EndpointCost(load, this);
    this.#byLoad.set(load, cost);
    return cost;
  };

  forget(cost: EndpointCost): void {
    this.#byLoad.delete(cost.load);
  }

  /** The endpoints of the active tier that are ready and eligible. One that joins others gets a share that grows. */
  update(loads: readonly EndpointLoad[]): void {
    const nowMs = this.#clock.now();
    const fleet = loads.flatMap((load) => this.#byLoad.get(load) ?? []);
    const before = new Set(this.#fleet);
    const isRunning = fleet.some((cost) => before.has(cost));
    for (const cost of this.#fleet) cost.lastSeenMs = nowMs;
    for (const cost of fleet) {
      const isAbsent = cost.lastSeenMs === undefined || nowMs - cost.lastSeenMs > ABSENT_MS;
      if (isRunning && isAbsent && this.slowStartMs > 0) cost.warmSinceMs = nowMs;
      cost.lastSeenMs = nowMs;
    }
    this.#fleet = fleet;
    this.#renewAll(nowMs);
    if (!this.#isSettled) this.run();
  }

  /** The endpoint returns after an ejection: its share grows as that of a new one. */
  didReturn(load: EndpointLoad): void {
    const cost = this.#byLoad.get(load);
    if (cost === undefined) return;
    const nowMs = this.#clock.now();
    if (this.slowStartMs > 0) cost.warmSinceMs = nowMs;
    cost.forgive(nowMs);
    this.run();
  }

  run(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    const delayMs = this.#wasSettled ? RENEW_QUIET_MS : RENEW_MS;
    this.#dueMs = this.#clock.now() + delayMs;
    this.#timer = this.#clock.setTimer(delayMs, () => this.#didPass(), { unref: true });
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #didPass(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.now();
    // Timers run before sockets are read: responses that came during a block are not late.
    if (nowMs - this.#dueMs > LATE_MS) this.blockedUntilMs = nowMs;
    else for (const cost of this.#byLoad.values()) cost.censor(nowMs);
    this.#renewAll(nowMs);
    this.#wasSettled = this.#isSettled;
    if (!this.#wasSettled) this.run();
  }

  get #isSettled(): boolean {
    for (const cost of this.#byLoad.values()) if (cost.load.inFlight > 0 || !cost.isSettled) return false;
    return true;
  }

  #renewAll(nowMs: number): void {
    if (nowMs - this.#medianMs >= MEDIAN_MS) this.#renewMedian(nowMs);
    const warming = this.#fleet.filter(({ warmSinceMs }) => warmSinceMs !== undefined).length;
    this.isMostlyNew = warming > this.#fleet.length * MAX_NEW_RATIO;
    for (const cost of this.#byLoad.values()) cost.renew(nowMs);
  }

  #renewMedian(nowMs: number): void {
    const times = this.#fleet.flatMap((cost) => cost.times ?? []);
    if (times.length === 0) return;
    this.#medianMs = nowMs;
    this.usual = {
      log: lowerMedian(times.map(({ log }) => log)),
      variance: lowerMedian(times.map((one) => one.variance)),
    };
  }
}

/** Of an even number the lower one: of two endpoints the faster is the measure for the other. */
function lowerMedian(values: readonly number[]): number {
  return Float64Array.from(values).sort()[(values.length - 1) >> 1] ?? 0;
}
