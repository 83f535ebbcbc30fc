/** A resolver that a test drives by hand. */

import { type Endpoint, type EndpointKey, EndpointSet } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import type { RefreshReason, Resolver, ResolverListener } from "../resolver/resolver.ts";
import { Status } from "../status.ts";

/** What a test needs to say about an endpoint; the rest is a task's. */
export type EndpointInit = Pick<Endpoint, "host" | "port"> & Partial<Endpoint>;

/** Knows what it is told by `update` and `fail`, and remembers what it was asked for. Before `start` the last word waits. */
export class ManualResolver implements Resolver {
  /** Every request for a refresh, oldest first. */
  readonly refreshes: RefreshReason[] = [];
  /** Every endpoint that was reported as not connectable, oldest first. */
  readonly connectFailures: EndpointKey[] = [];
  #listener: ResolverListener | undefined;
  #lastWord: ((listener: ResolverListener) => void) | undefined;
  #isStandby = false;
  #isClosed = false;

  /** With endpoints, they are known from the start. */
  constructor(endpoints?: Iterable<EndpointInit>) {
    if (endpoints !== undefined) this.update(endpoints);
  }

  get isStandby(): boolean {
    return this.#isStandby;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The resolver's answer from now on. */
  update(endpoints: Iterable<EndpointInit>): void {
    const set = new EndpointSet([...endpoints].map((init) => ({ kind: "task", lane: 0, ...init })));
    this.#say((listener) => listener.onUpdate(set));
  }

  /** The resolver gets no usable answer. Default: `unavailable`. */
  fail(error: ChannelError = new ChannelError(Status.unavailable, "the test's resolver has no answer")): void {
    this.#say((listener) => listener.onError(error));
  }

  start(listener: ResolverListener): void {
    this.#listener = listener;
    this.#lastWord?.(listener);
  }

  refresh(reason: RefreshReason): void {
    this.refreshes.push(reason);
  }

  setStandby(standby: boolean): void {
    this.#isStandby = standby;
  }

  didFailToConnect(key: EndpointKey): void {
    this.connectFailures.push(key);
  }

  close(): void {
    this.#listener = undefined;
    this.#isClosed = true;
  }

  #say(word: (listener: ResolverListener) => void): void {
    if (this.#listener === undefined) this.#lastWord = word;
    else word(this.#listener);
  }
}
