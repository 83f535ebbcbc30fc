/** The contract of every discovery strategy. `resolver.contract.ts` is its suite. */

import type { EndpointKey, EndpointSet } from "../endpoint.ts";
import type { ChannelError } from "../errors.ts";

/** Why somebody wants newer knowledge than the schedule brings. */
export type RefreshReason = "connection-lost" | "goaway" | "connect-failed" | "nothing-ready";

/** Turns one strategy's configuration into endpoint sets, over time, until it is closed. */
export interface Resolver {
  /** Begins; called once. The listener may be called before this returns. */
  start(listener: ResolverListener): void;
  /** Asks for a fresh answer soon. Cheap and idempotent: many requests become one question, and there is a shortest time between two. */
  refresh(reason: RefreshReason): void;
  /** In standby nobody connects to the endpoints, so it is enough to know them roughly: one refresh in 60 s. Initially false. */
  setStandby(standby: boolean): void;
  /** An endpoint of the set could not be connected to. If the last answer did not list it either, it goes. */
  didFailToConnect(key: EndpointKey): void;
  /** Ends everything that is under way; the listener is not called any more. */
  close(): void;
}

/** Receives the results of a resolver. */
export interface ResolverListener {
  /** A usable answer came. Also called when the set is the same as before: that knowledge is young is worth knowing. */
  onUpdate(set: EndpointSet): void;
  /** No usable answer came. The last set stays in use. */
  onError(error: ChannelError): void;
  /** An answer had as many records as its source tells at most, so that there may be more tasks than it shows. */
  onTruncated(records: number): void;
  /** The source lists instances that name no address that could be called. */
  onSkipped(instances: readonly string[]): void;
}
