/**
 * Publishes the endpoints of another resolver by their SRV priorities. In: the other resolver's sets, and failed connects. Out:
 * first the class with the lowest number. The next class is added when every published endpoint has failed to connect, or
 * `HEAD_START_MS` after the previous class. A published class stays published: its connections are the standby, and the balancer uses the lowest
 * class with a ready connection.
 *
 *   RFC 2782: "A client MUST attempt to contact the target host with the lowest-numbered priority it can reach"
 *
 * Without the head start the first calls would go to the endpoint with the fastest handshake, of any class.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { type EndpointKey, EndpointSet, priorityOf } from "../endpoint.ts";
import type { ChannelError } from "../errors.ts";
import type { RefreshReason, Resolver, ResolverListener } from "./resolver.ts";

/** The same as for tiers (`failoverMs`): long enough for a handshake, and well below the time for which a call waits. */
const HEAD_START_MS = 1_000;

export class PriorityResolver implements Resolver, ResolverListener {
  readonly #inner: Resolver;
  readonly #clock: Clock;
  #listener: ResolverListener | undefined;
  #set: EndpointSet = EndpointSet.empty;
  #published: EndpointSet = EndpointSet.empty;
  /** The highest published priority; undefined before the first answer. */
  #highest: number | undefined;
  #failed: ReadonlySet<EndpointKey> = new Set();
  #headStart: Timer | undefined;

  constructor(inner: Resolver, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  start(listener: ResolverListener): void {
    this.#listener = listener;
    this.#inner.start(this);
  }

  refresh(reason: RefreshReason): void {
    this.#inner.refresh(reason);
  }

  setStandby(standby: boolean): void {
    this.#inner.setStandby(standby);
  }

  didFailToConnect(key: EndpointKey): void {
    if (this.#published.has(key)) this.#failed = new Set([...this.#failed, key]);
    this.#inner.didFailToConnect(key);
    if (this.#allFailed() && this.#openNext()) this.#listener?.onUpdate(this.#published);
  }

  didDisconnect(key: EndpointKey): void {
    this.#inner.didDisconnect(key);
  }

  close(): void {
    this.#headStart?.cancel();
    this.#listener = undefined;
    this.#inner.close();
  }

  onUpdate(set: EndpointSet): void {
    if (set !== this.#set) this.#didChange(set);
    this.#listener?.onUpdate(this.#published);
  }

  onError(error: ChannelError): void {
    this.#listener?.onError(error);
  }

  onRestored(set: EndpointSet, ageMs: number): void {
    this.#didChange(set);
    this.#listener?.onRestored(this.#published, ageMs);
  }

  onEmptied(error: ChannelError): void {
    this.#didChange(EndpointSet.empty);
    this.#listener?.onEmptied(error);
  }

  onQuarantined(endpoints: number): void {
    this.#listener?.onQuarantined(endpoints);
  }

  onTruncated(records: number): void {
    this.#listener?.onTruncated(records);
  }

  onSkipped(instances: readonly string[]): void {
    this.#listener?.onSkipped(instances);
  }

  #didChange(set: EndpointSet): void {
    this.#set = set;
    this.#failed = new Set([...this.#failed].filter((key) => set.has(key)));
    if (this.#highest !== undefined) this.#publish(this.#highest);
    // True before the first class is published, and when every endpoint of the published classes is gone.
    if (this.#allFailed()) this.#openNext();
  }

  #allFailed(): boolean {
    return [...this.#published.keys()].every((key) => this.#failed.has(key));
  }

  /** Returns false when every class is published. */
  #openNext(): boolean {
    const next = this.#nextPriority();
    if (next === undefined) return false;
    this.#publish(next);
    return true;
  }

  #publish(highest: number): void {
    const before = this.#highest;
    this.#highest = highest;
    const endpoints = [...this.#set].filter((endpoint) => priorityOf(endpoint) <= highest);
    this.#published = endpoints.length === this.#set.size ? this.#set : new EndpointSet(endpoints);
    if (highest !== before || this.#headStart === undefined) this.#startHead();
  }

  #startHead(): void {
    this.#headStart?.cancel();
    this.#headStart = undefined;
    if (this.#nextPriority() === undefined) return;
    const over = (): void => {
      this.#headStart = undefined;
      if (this.#openNext()) this.#listener?.onUpdate(this.#published);
    };
    this.#headStart = setPeerTimer(this.#clock, HEAD_START_MS, over, { unref: true });
  }

  #nextPriority(): number | undefined {
    const highest = this.#highest ?? Number.NEGATIVE_INFINITY;
    const others = [...this.#set].map(priorityOf).filter((priority) => priority > highest);
    return others.length === 0 ? undefined : Math.min(...others);
  }
}
