/**
 * Selects the tier whose endpoints take the calls. In: sets and errors of the resolvers, and the health of the endpoints. Out:
 * plans, which state the tiers to connect to and the tier for calls. It never waits for a tier without a usable endpoint, and
 * never leaves a working tier before a better one works.
 *
 *                   an opened tier is ready
 *    ┌► searching ────────────────────────────► serving ─┐◄─┐
 *    │   │     ▲                                 │    │  │  │ a better tier was ready for failbackMs
 *    │   └─────┘                                 │    └──┼──┘
 *    │  next tier opened: all opened exhausted,  │       │
 *    │  or failoverMs passed                     │       │ its last ready endpoint was lost, another opened tier is ready
 *    └───────────────────────────────────────────┘       └─► serving (that one)
 *       … and none is: the next tier is opened at once
 *
 * Tiers 0 to `opened` connect. The others are in standby.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { EndpointKey, EndpointSet } from "../endpoint.ts";
import type { ChannelEvents } from "../events.ts";
import { FailbackPace } from "./failback.ts";
import type { RefreshReason } from "./resolver.ts";
import { type Tier, type TierHealth, TierWatch } from "./tier.ts";

export type { Tier, TierHealth };

interface TierOptions {
  /** How long the opened tiers may connect before the next tier is opened, in ms. */
  readonly failoverMs: number;
  /** How long a better tier must be ready before calls return to it, in ms. Doubles after a return that was too early. */
  readonly failbackMs: number;
}

export interface TiersInit {
  /** In order of preference; at least one. */
  readonly tiers: readonly Tier[];
  readonly clock: Clock;
  readonly events: ChannelEvents;
  readonly options: TierOptions;
  /** Called with each new plan, and again when a resolver begins or ceases to fail. */
  readonly onPlan: (plan: TierPlan) => void;
}

export interface TierPlan {
  /** Calls go to the endpoints of this tier. */
  readonly active: number;
  /** Tiers 0 to this one connect; at least `active`. */
  readonly opened: number;
  /** The known endpoints of each tier, also of tiers in standby. */
  readonly sets: readonly EndpointSet[];
}

export interface TierSnapshot {
  readonly name: string;
  readonly active: boolean;
  readonly standby: boolean;
  readonly endpoints: readonly EndpointKey[];
  /** Since the last usable answer, in ms; undefined before the first. */
  readonly ageMs: number | undefined;
  /** Why the last query had no usable answer. */
  readonly lastError: string | undefined;
}

type State =
  /** No endpoint is ready. Calls went to `active` last. */
  | { readonly kind: "searching"; readonly active: number; readonly opened: number; readonly timer: Timer | undefined }
  /** Calls go to `active`. Better tiers keep connecting, worse ones do not. */
  | { readonly kind: "serving"; readonly active: number; readonly comeback: Comeback | undefined };

/** A better tier that is ready and has not been so for `failbackMs` yet. */
interface Comeback {
  readonly tier: number;
  readonly timer: Timer;
}

export class Tiers {
  readonly #tiers: readonly TierWatch[];
  readonly #clock: Clock;
  readonly #events: ChannelEvents;
  readonly #failoverMs: number;
  readonly #pace: FailbackPace;
  readonly #onPlan: (plan: TierPlan) => void;
  #state: State = { kind: "searching", active: 0, opened: 0, timer: undefined };
  #isRunning = false;
  #isClosed = false;

  constructor({ tiers, clock, events, options, onPlan }: TiersInit) {
    this.#clock = clock;
    this.#events = events;
    this.#failoverMs = options.failoverMs;
    this.#pace = new FailbackPace(options.failbackMs);
    this.#onPlan = onPlan;
    this.#tiers = tiers.map((tier) => new TierWatch(tier, { clock, events, onChange: () => this.#didResolve() }));
  }

  /** The resolver of an opened tier has not answered yet, so endpoints may still come. */
  get isPending(): boolean {
    return this.#tiers.slice(0, this.#opened + 1).some((tier) => tier.isPending);
  }

  /** Starts the resolvers of all tiers; the first tier connects. A listener of the events may call `close` meanwhile. */
  start(): void {
    this.#updateStandby();
    for (const tier of this.#tiers) {
      tier.start();
      if (this.#isClosed) return;
    }
    this.#isRunning = true;
    this.#transition(this.#searching(0, 0));
    this.#evaluate();
    this.#publish();
  }

  /** Reports the health of each tier's endpoints, in the order of the plan's sets. Call it after every change of a connection. */
  report(health: readonly TierHealth[]): void {
    for (const [index, tier] of this.#tiers.entries()) tier.health = health[index] ?? tier.health;
    if (this.#isRunning && this.#evaluate()) this.#publish();
  }

  /** Requests a fresh answer of the opened tiers' resolvers. */
  refresh(reason: RefreshReason): void {
    for (const tier of this.#tiers.slice(0, this.#opened + 1)) tier.refresh(reason);
  }

  didFailToConnect(key: EndpointKey): void {
    for (const tier of this.#tiers) tier.didFailToConnect(key);
  }

  /** A connection was lost, or takes no new streams. */
  didDisconnect(key: EndpointKey): void {
    for (const tier of this.#tiers) tier.didDisconnect(key);
  }

  snapshot(): readonly TierSnapshot[] {
    return this.#tiers.map((tier, index) => ({
      name: tier.name,
      active: index === this.#state.active,
      standby: index > this.#opened,
      endpoints: [...tier.set.keys()],
      ageMs: tier.ageMs,
      lastError: tier.lastError?.rawMessage,
    }));
  }

  /** Idempotent. No plan comes afterwards. */
  close(): void {
    this.#isClosed = true;
    this.#isRunning = false;
    this.#cancelTimer();
    for (const tier of this.#tiers) tier.close();
  }

  get #opened(): number {
    return this.#state.kind === "serving" ? this.#state.active : this.#state.opened;
  }

  get #last(): number {
    return this.#tiers.length - 1;
  }

  #didResolve(): void {
    if (!this.#isRunning) return;
    this.#evaluate();
    this.#publish();
  }

  /** Changes the state until it fits the health of the tiers. Returns whether it changed. */
  #evaluate(): boolean {
    const before = this.#state;
    for (let state: State | undefined; state !== this.#state; ) {
      state = this.#state;
      if (state.kind === "serving") this.#evaluateServing(state);
      else this.#evaluateSearching(state);
    }
    return this.#state !== before;
  }

  #evaluateSearching({ active, opened }: State & { kind: "searching" }): void {
    const ready = this.#bestReady(opened);
    if (ready !== undefined) return this.#serve(ready);
    const isExhausted = this.#tiers.slice(0, opened + 1).every((tier) => tier.isExhausted);
    if (isExhausted && opened < this.#last) this.#transition(this.#searching(active, opened + 1));
  }

  #evaluateServing({ active, comeback }: State & { kind: "serving" }): void {
    if (this.#tiers[active]?.isReady !== true) {
      const ready = this.#bestReady(active);
      if (ready !== undefined) return this.#serve(ready);
      return this.#transition(this.#searching(active, Math.min(active + 1, this.#last)));
    }
    const better = this.#tiers.findIndex((tier, index) => index < active && tier.isReadyToReturn);
    if (better === (comeback?.tier ?? -1)) return;
    this.#transition({ kind: "serving", active, comeback: better < 0 ? undefined : this.#comeback(better) });
  }

  #bestReady(opened: number): number | undefined {
    const index = this.#tiers.findIndex((tier, at) => at <= opened && tier.isReady);
    return index < 0 ? undefined : index;
  }

  #searching(active: number, opened: number): State {
    const openNext = (): void => {
      this.#transition(this.#searching(active, opened + 1));
      this.#evaluate();
      this.#publish();
    };
    const timer =
      opened < this.#last ? setPeerTimer(this.#clock, this.#failoverMs, openNext, { unref: true }) : undefined;
    return { kind: "searching", active, opened, timer };
  }

  #comeback(tier: number): Comeback {
    const comeBack = (): void => {
      this.#serve(tier);
      this.#evaluate();
      this.#publish();
    };
    return { tier, timer: this.#clock.setTimer(this.#pace.waitMs, comeBack, { unref: true }) };
  }

  #serve(active: number): void {
    this.#transition({ kind: "serving", active, comeback: undefined });
  }

  /** Cancels the timer of the state that it leaves, updates standby, and emits `tier-changed` when calls move. */
  #transition(to: State): void {
    const from = this.#state;
    this.#cancelTimer();
    this.#state = to;
    this.#updateStandby();
    if (from.active !== to.active) this.#didMove(from.active, to.active);
  }

  #didMove(from: number, to: number): void {
    const nowMs = this.#clock.now();
    const reason = to > from ? "failover" : "failback";
    if (reason === "failover") this.#pace.didFailOver(nowMs);
    else this.#pace.didFailBack(nowMs);
    const name = (index: number): string => this.#tiers[index]?.name ?? String(index);
    this.#events.emit(() => ({ type: "tier-changed", from: name(from), to: name(to), reason }));
  }

  #updateStandby(): void {
    for (const [index, tier] of this.#tiers.entries()) tier.setStandby(index > this.#opened);
  }

  #cancelTimer(): void {
    const timer = this.#state.kind === "searching" ? this.#state.timer : this.#state.comeback?.timer;
    timer?.cancel();
  }

  #publish(): void {
    this.#onPlan({ active: this.#state.active, opened: this.#opened, sets: this.#tiers.map((tier) => tier.set) });
  }
}
