/** A resolver that a test controls. In: `update` and `fail`. Out: sets and errors to the listener, and a record of its requests. */

import { type Endpoint, type EndpointKey, EndpointSet } from "../endpoint.ts";
import { ChannelError } from "../errors.ts";
import type { RefreshReason, Resolver, ResolverListener } from "../resolver/resolver.ts";
import { Status } from "../status.ts";

/** An endpoint of a test. Default for the fields left out: those of a task. */
export type EndpointInit = Pick<Endpoint, "host" | "port"> & Partial<Endpoint>;

/** Reports what `update` and `fail` set, and records requests. Before `start` it keeps the last result for the listener. */
export class ManualResolver implements Resolver {
  /** Every request for a refresh, oldest first. */
  readonly refreshes: RefreshReason[] = [];
  /** Every endpoint that was reported as not connectable, oldest first. */
  readonly connectFailures: EndpointKey[] = [];
  /** Every endpoint with a lost or ending connection, oldest first. */
  readonly disconnects: EndpointKey[] = [];
  #listener: ResolverListener | undefined;
  #lastResult: ((listener: ResolverListener) => void) | undefined;
  #isStandby = false;
  #isClosed = false;

  /** `endpoints`: the first answer. Default: none until `update`. */
  constructor(endpoints?: Iterable<EndpointInit>) {
    if (endpoints !== undefined) this.update(endpoints);
  }

  get isStandby(): boolean {
    return this.#isStandby;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Reports these endpoints. */
  update(endpoints: Iterable<EndpointInit>): void {
    const set = new EndpointSet([...endpoints].map((init) => ({ kind: "task", lane: 0, ...init })));
    this.#report((listener) => listener.onUpdate(set));
  }

  /** Reports an error. Default: `unavailable`. */
  fail(error: ChannelError = new ChannelError(Status.unavailable, "the test's resolver has no answer")): void {
    this.#report((listener) => listener.onError(error));
  }

  /** Reports that nothing is registered any more. */
  empty(): void {
    const error = new ChannelError(Status.unavailable, "the test's resolver lists no endpoints");
    this.#report((listener) => listener.onEmptied(error));
  }

  start(listener: ResolverListener): void {
    this.#listener = listener;
    this.#lastResult?.(listener);
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

  didDisconnect(key: EndpointKey): void {
    this.disconnects.push(key);
  }

  close(): void {
    this.#listener = undefined;
    this.#isClosed = true;
  }

  #report(result: (listener: ResolverListener) => void): void {
    if (this.#listener === undefined) this.#lastResult = result;
    else result(this.#listener);
  }
}
