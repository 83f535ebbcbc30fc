/** The interface of every discovery strategy. `resolver.contract.ts` is the test suite of its implementations. */

import type { EndpointKey, EndpointSet } from "../endpoint.ts";
import type { ChannelError } from "../errors.ts";

/** Why a fresh answer is needed before the scheduled one. */
export type RefreshReason = "connection-lost" | "goaway" | "connect-failed" | "nothing-ready";

/** Whether the channel's calls reach an endpoint. `unknown`: it is not connected, and its last connection did not fail. */
export type Reach = "serving" | "unreachable" | "unknown";

/** Turns one strategy's configuration into endpoint sets, over time, until it is closed. */
export interface Resolver {
  /** Begins; called once. The listener may be called before this returns. */
  start(listener: ResolverListener): void;
  /** Requests a fresh answer. Cheap and idempotent: many requests lead to one query, and two queries have a minimum interval. */
  refresh(reason: RefreshReason): void;
  /** In standby the endpoints are not connected, so one refresh in 60 s is enough. Initially false. */
  setStandby(standby: boolean): void;
  /** A connect to an endpoint of the set failed. If the last answer did not list the endpoint, the resolver removes it. */
  didFailToConnect(key: EndpointKey): void;
  /**
   * A connection to an endpoint of the set was lost, or takes no new streams. If a complete answer did not list the endpoint, the
   * resolver removes it: its address may belong to another task by now.
   */
  didDisconnect(key: EndpointKey): void;
  /** Aborts a running query. The listener is not called afterwards. */
  close(): void;
}

/** Receives the results of a resolver. */
export interface ResolverListener {
  /** A usable answer came. Also called with an unchanged set, so that the listener knows its age. */
  onUpdate(set: EndpointSet): void;
  /** No usable answer came. The last set stays in use. */
  onError(error: ChannelError): void;
  /** Before the first answer: endpoints that an earlier process has saved, `ageMs` ago. */
  onRestored(set: EndpointSet, ageMs: number): void;
  /** Empty answers are confirmed and no endpoint is reachable: from now on the set is empty. */
  onEmptied(error: ChannelError): void;
  /**
   * Complete answers lack more than half of the endpoints that serve calls. `endpoints` of these stay in the set until a minute of
   * further answers confirms the loss. Called once until an answer lists enough of them again.
   */
  onQuarantined(endpoints: number): void;
  /** An answer had the maximum number of records of its source, so more tasks may exist. Called at most once. */
  onTruncated(records: number): void;
  /** The source lists instances without an address that could be called. Called at most once. */
  onSkipped(instances: readonly string[]): void;
}
