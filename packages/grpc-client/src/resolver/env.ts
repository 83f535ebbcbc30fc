/** Endpoints that were written down. Comes in: addresses. Goes out: one set, at once and for ever. */

import { type Endpoint, EndpointSet } from "../endpoint.ts";
import type { Resolver, ResolverListener } from "./resolver.ts";

/** Host names stay names: the connecting socket looks them up, in the hosts file too. Nothing here can age or fail. */
export class StaticResolver implements Resolver {
  readonly #set: EndpointSet;

  constructor(endpoints: Iterable<Endpoint>) {
    this.#set = new EndpointSet(endpoints);
  }

  start(listener: ResolverListener): void {
    listener.onUpdate(this.#set);
  }

  refresh(): void {
    // There is nobody to ask.
  }

  setStandby(): void {
    // Knowing costs nothing.
  }

  didFailToConnect(): void {
    // Every endpoint is listed, always.
  }

  close(): void {
    // Nothing is under way.
  }
}
