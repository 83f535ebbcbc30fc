/** Endpoints from configuration. In: addresses. Out: one set, which never changes. It never fails. */

import { type Endpoint, EndpointSet } from "../endpoint.ts";
import type { Resolver, ResolverListener } from "./resolver.ts";

/** Host names are not looked up here: the connecting socket does it, and reads the hosts file too. */
export class StaticResolver implements Resolver {
  readonly #set: EndpointSet;

  constructor(endpoints: Iterable<Endpoint>) {
    this.#set = new EndpointSet(endpoints);
  }

  start(listener: ResolverListener): void {
    listener.onUpdate(this.#set);
  }

  refresh(): void {
    // The set is fixed.
  }

  setStandby(): void {
    // The set costs nothing to keep.
  }

  didFailToConnect(): void {
    // Every endpoint stays listed.
  }

  didDisconnect(): void {
    // Every endpoint stays listed.
  }

  close(): void {
    // Nothing runs.
  }
}
