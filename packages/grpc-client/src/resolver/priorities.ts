/**
 * Publishes the endpoints of one resolver by their SRV priorities: first those with the lowest number. The next class is
 * published when every published endpoint has failed to connect, or `HEAD_START_MS` after the class before it. A class that
 * has been published stays so: its connections are the standby, and the balancer uses the lowest class that has a ready one.
 *
 *   RFC 2782: "A client MUST attempt to contact the target host with the lowest-numbered priority it can reach"
 *
 * Without the head start the first calls would go to the endpoint whose handshake is the quickest, whatever its class.
 */

import type { Clock, Timer } from "@agent-team/foundation/clock";
import { type EndpointKey, EndpointSet, priorityOf } from "../endpoint.ts";
import type { ChannelError } from "../errors.ts";
import type { RefreshReason, Resolver, ResolverListener } from "./resolver.ts";

/** That of tiers (`failoverMs`): long enough for a handshake, and well below the time for which a call waits. */
const HEAD_START_MS = 1_000;

export class PriorityResolver implements Resolver, ResolverListener {
  readonly #inner: Resolver;
  readonly #clock: Clock;
  #listener: ResolverListener | undefined;
  #set: EndpointSet = EndpointSet.empty;
  #published: EndpointSet = EndpointSet.empty;
  /** The highest number that is published; undefined before the first answer. */
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
    // At first there is nothing yet, and later the classes that were published may have ended.
    if (this.#allFailed()) this.#openNext();
  }

  #allFailed(): boolean {
    return [...this.#published.keys()].every((key) => this.#failed.has(key));
  }

  /** Whether there was another class to publish. */
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
    this.#headStart = this.#clock.setTimer(HEAD_START_MS, over, { unref: true });
  }

  #nextPriority(): number | undefined {
    const highest = this.#highest ?? Number.NEGATIVE_INFINITY;
    const others = [...this.#set].map(priorityOf).filter((priority) => priority > highest);
    return others.length === 0 ? undefined : Math.min(...others);
  }
}
