/**
 * One tier: a strategy in the order of preference. In: the results of its resolver, and the health of its endpoints. Out: the
 * current set, and events.
 */

import type { Clock } from "@agent-team/foundation/clock";
import { diffEndpoints, type EndpointKey, EndpointSet } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import type { ChannelEvents } from "../events.ts";
import { Status } from "../status.ts";
import type { RefreshReason, Resolver, ResolverListener } from "./resolver.ts";

export interface Tier {
  /** The strategy's name in events and snapshots. */
  readonly name: string;
  readonly resolver: Resolver;
  /** For the event `answer-truncated`: what a user can do about answers that are cut off. */
  readonly whenTruncated?: string | undefined;
}

/** Counts of a tier's endpoints by the state of their connections. */
export interface TierHealth {
  readonly known: number;
  /** How many of them are connected to, as far as possible: the rest is left to other clients. */
  readonly used: number;
  readonly ready: number;
  /** Ready, and not excluded by health. */
  readonly eligible: number;
  /** In transient failure: the last connect failed, and the next one has not begun. */
  readonly failed: number;
}

const UNKNOWN_HEALTH: TierHealth = { known: 0, used: 0, ready: 0, eligible: 0, failed: 0 };

export interface TierWatchDeps {
  readonly clock: Clock;
  readonly events: ChannelEvents;
  /** The set changed, or the resolver began or ceased to fail. */
  readonly onChange: () => void;
}

export class TierWatch implements ResolverListener {
  readonly name: string;
  readonly #resolver: Resolver;
  readonly #whenTruncated: string | undefined;
  readonly #deps: TierWatchDeps;
  health: TierHealth = UNKNOWN_HEALTH;
  #set: EndpointSet = EndpointSet.empty;
  #lastError: ChannelError | undefined;
  #answeredMs: number | undefined;
  #hasThrown = false;

  constructor({ name, resolver, whenTruncated }: Tier, deps: TierWatchDeps) {
    this.name = name;
    this.#resolver = resolver;
    this.#whenTruncated = whenTruncated;
    this.#deps = deps;
  }

  get set(): EndpointSet {
    return this.#set;
  }

  /** Why the last query had no usable answer; undefined when it had one. */
  get lastError(): ChannelError | undefined {
    return this.#lastError;
  }

  /** Age of the last usable answer, in ms; undefined before the first. */
  get ageMs(): number | undefined {
    return this.#answeredMs === undefined ? undefined : Math.round(this.#deps.clock.now() - this.#answeredMs);
  }

  /** The resolver has reported neither a set nor an error yet. */
  get isPending(): boolean {
    return this.#answeredMs === undefined && this.#lastError === undefined;
  }

  get isReady(): boolean {
    return this.health.eligible > 0;
  }

  /** At least half of the endpoints in use are ready: enough for the calls that return. */
  get isReadyToReturn(): boolean {
    return this.isReady && this.health.eligible >= Math.ceil(this.health.used / 2);
  }

  /** No endpoint is known, or every endpoint in use has failed. Counts that belong to an older set do not qualify. */
  get isExhausted(): boolean {
    const { size } = this.#set;
    const { known, used, ready, eligible, failed } = this.health;
    return !this.isPending && (size === 0 || (known === size && failed + ready - eligible >= used));
  }

  /** A resolver of the options that throws has no answer, and the other tiers start. */
  start(): void {
    try {
      this.#resolver.start(this);
    } catch (cause) {
      this.onError(this.#thrown("could not be started", cause));
    }
  }

  refresh(reason: RefreshReason): void {
    this.#ask("refresh", (resolver) => resolver.refresh(reason));
  }

  setStandby(standby: boolean): void {
    this.#ask("setStandby", (resolver) => resolver.setStandby(standby));
  }

  didFailToConnect(key: EndpointKey): void {
    if (this.#set.has(key)) this.#ask("didFailToConnect", (resolver) => resolver.didFailToConnect(key));
  }

  didDisconnect(key: EndpointKey): void {
    if (this.#set.has(key)) this.#ask("didDisconnect", (resolver) => resolver.didDisconnect(key));
  }

  close(): void {
    this.#ask("close", (resolver) => resolver.close());
  }

  onUpdate(after: EndpointSet): void {
    const { clock, events, onChange } = this.#deps;
    const isNews = this.isPending || this.#lastError !== undefined || after !== this.#set;
    const hasRecovered = this.#lastError !== undefined;
    this.#lastError = undefined;
    this.#answeredMs = clock.now();
    if (hasRecovered) events.emit(() => ({ type: "resolution-recovered", tier: this.name }));
    this.#replaceSet(after);
    if (isNews) onChange();
  }

  onRestored(set: EndpointSet, ageMs: number): void {
    const { clock, events, onChange } = this.#deps;
    this.#answeredMs = clock.now() - ageMs;
    events.emit(() => ({ type: "endpoints-restored", tier: this.name, endpoints: set.size, ageMs }));
    this.#replaceSet(set);
    onChange();
  }

  onEmptied(error: ChannelError): void {
    this.#replaceSet(EndpointSet.empty);
    this.onError(error);
  }

  onError(error: ChannelError): void {
    const { events, onChange } = this.#deps;
    // The event is emitted once per outage, like `resolution-recovered`.
    const isNews = this.#lastError === undefined;
    this.#lastError = error;
    if (isNews) events.emit(() => ({ type: "resolution-failed", tier: this.name, error }));
    // While no endpoint is known, each failure may end the wait of calls.
    if (isNews || this.#set.size === 0) onChange();
  }

  onQuarantined(endpoints: number): void {
    this.#deps.events.emit(() => ({ type: "loss-quarantined", tier: this.name, endpoints }));
  }

  onTruncated(records: number): void {
    const remedy = this.#whenTruncated;
    this.#deps.events.emit(() => ({ type: "answer-truncated", tier: this.name, records, remedy }));
  }

  onSkipped(instances: readonly string[]): void {
    this.#deps.events.emit(() => ({ type: "instances-skipped", tier: this.name, instances }));
  }

  /**
   * A resolver of the options that throws ends nothing but its own answer: not the timer or the change of a connection by which it was asked, and
   * not the tiers behind it. Its endpoints stay in use. Reported once.
   */
  #ask(method: keyof Resolver, ask: (resolver: Resolver) => void): void {
    try {
      ask(this.#resolver);
    } catch (cause) {
      if (this.#hasThrown) return;
      this.#hasThrown = true;
      const error = this.#thrown(`threw in ${method}`, cause);
      this.#deps.events.emit(() => ({ type: "resolution-failed", tier: this.name, error }));
    }
  }

  #thrown(what: string, cause: unknown): ChannelError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new ChannelError(Status.unavailable, `the resolver ${this.name} ${what}: ${reason}`, { cause });
  }

  #replaceSet(after: EndpointSet): void {
    const before = this.#set;
    this.#set = after;
    if (after === before) return;
    const { added, removed } = diffEndpoints(before, after);
    if (added.length === 0 && removed.length === 0) return;
    this.#deps.events.emit(() => ({
      type: "endpoints-changed",
      tier: this.name,
      added,
      removed,
      size: after.size,
    }));
  }
}
