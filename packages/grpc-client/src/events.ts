/**
 * The events of a channel, for logs, telemetry and tests. Without a listener no event is built and nothing is measured.
 * Each name states a fact that has happened.
 */

import type { Connectivity } from "./connectivity.ts";
import type { EndpointKey } from "./endpoint.ts";
import type { Exclusion } from "./exclusions.ts";
import type { Outcome } from "./outcome.ts";

/** A change in a channel. `type` names it. */
export type ChannelEvent =
  /** A tier's set changed. Keys of endpoints that stayed are not listed. */
  | {
      readonly type: "endpoints-changed";
      readonly tier: string;
      readonly added: readonly EndpointKey[];
      readonly removed: readonly EndpointKey[];
      readonly size: number;
    }
  /** A resolver got no usable answer; the last good set stays in use. */
  | { readonly type: "resolution-failed"; readonly tier: string; readonly error: Error }
  | { readonly type: "resolution-recovered"; readonly tier: string }
  /** A partial answer at the size at which its source cuts answers off: Cloud Map's DNS at 8, its API at 1,000. Once per resolver. */
  | {
      readonly type: "answer-truncated";
      readonly tier: string;
      readonly records: number;
      /** What lists all tasks: for a target from variables the name of the variable to set. Undefined: nothing is known. */
      readonly remedy: string | undefined;
    }
  /**
   * Complete answers lack more than half of the endpoints that serve calls. `endpoints` of these stay until a minute of answers
   * confirms the loss. Once until an answer lists enough of them again.
   */
  | { readonly type: "loss-quarantined"; readonly tier: string; readonly endpoints: number }
  /** No answer has come, and the tier begins with `endpoints` of `lastKnownGoodFile`, saved `ageMs` ago. */
  | { readonly type: "endpoints-restored"; readonly tier: string; readonly endpoints: number; readonly ageMs: number }
  /** `lastKnownGoodFile` cannot be used or written. The channel works as without it. */
  | { readonly type: "endpoint-file-ignored"; readonly path: string; readonly reason: string }
  /** Cloud Map lists instances whose attributes name no callable address. Once per resolver. */
  | { readonly type: "instances-skipped"; readonly tier: string; readonly instances: readonly string[] }
  /** Calls go to another tier from now on. */
  | {
      readonly type: "tier-changed";
      readonly from: string;
      readonly to: string;
      readonly reason: "failover" | "failback";
    }
  /** The channel as a whole: see `Channel.connectivity`. */
  | { readonly type: "channel-connectivity-changed"; readonly from: Connectivity; readonly to: Connectivity }
  | {
      readonly type: "connectivity-changed";
      readonly endpoint: EndpointKey;
      readonly from: Connectivity;
      readonly to: Connectivity;
      readonly error?: Error | undefined;
    }
  /** Health keeps calls from an endpoint (`ineligible` is the reason), or lets them go there again (undefined). */
  | {
      readonly type: "eligibility-changed";
      readonly endpoint: EndpointKey;
      readonly ineligible: Exclusion | undefined;
    }
  /** What a server says of its health, with `healthService`. `unsupported`: it has no health service, and counts as serving. */
  | {
      readonly type: "health-changed";
      readonly endpoint: EndpointKey;
      readonly health: "serving" | "not-serving" | "unsupported";
      /** Why it does not serve, or how the question failed. */
      readonly reason: string | undefined;
    }
  /** Files of the option `tls` have changed. New connections use them, and open ones are being replaced. */
  | { readonly type: "certificates-renewed" }
  /** Files of the option `tls` have changed and cannot be used. The old ones stay in use. */
  | { readonly type: "certificates-refused"; readonly reason: string }
  /** The next connection could not be made, and the old one stays. It is tried again within six minutes. */
  | { readonly type: "recycle-failed"; readonly endpoint: EndpointKey; readonly reason: string; readonly error: Error }
  /** An endpoint failed more than the others, and gets no calls for `forMs`, then one as a probe. */
  | {
      readonly type: "ejected";
      readonly endpoint: EndpointKey;
      readonly reason: "consecutive-failures" | "failure-ratio" | "probe-failed";
      readonly forMs: number;
    }
  /** The probe of an ejected endpoint succeeded. */
  | { readonly type: "unejected"; readonly endpoint: EndpointKey }
  /** The circuit breaker of an endpoint lets no calls through for `forMs`, then one at a time; or all again. */
  | { readonly type: "breaker-opened"; readonly endpoint: EndpointKey; readonly forMs: number }
  | { readonly type: "breaker-closed"; readonly endpoint: EndpointKey }
  /** So few of the known endpoints are usable that ejections are ignored, and that they count again. */
  | { readonly type: "panic-began" | "panic-ended"; readonly usable: number; readonly known: number }
  /** A connection takes no new calls and ends when its streams have ended. */
  | { readonly type: "connection-draining"; readonly endpoint: EndpointKey; readonly reason: string }
  /**
   * A connection without an answer to a PING was closed. `wasIdle`: no stream was open on it, and the endpoint is connected again
   * at once; else its streams have ended with `unavailable`.
   */
  | {
      readonly type: "connection-abandoned";
      readonly endpoint: EndpointKey;
      readonly reason: string;
      readonly wasIdle: boolean;
    }
  /** An attempt failed and the call goes on with another one. */
  | { readonly type: "call-retried"; readonly method: string; readonly attempt: number; readonly outcome: Outcome }
  /** An attempt of a stream ended, and the stream goes on with another one after its last message. */
  | { readonly type: "call-resumed"; readonly method: string; readonly outcome: Outcome }
  /** A call that had waited got an endpoint with less time left than a response usually takes. It was not sent. */
  | { readonly type: "call-too-late"; readonly method: string }
  /** A call without a response has got a second attempt on another endpoint: a hedge, or because its peer is silent. */
  | { readonly type: "call-hedged"; readonly method: string; readonly endpoint: EndpointKey }
  /**
   * The retry budget was empty, so a failure went to the caller without a retry. At most once in 10 s; `refused` retries since the
   * last of these events.
   */
  | { readonly type: "retry-budget-exhausted"; readonly method: string; readonly refused: number };

/** Receives the events of a channel, synchronously. What it throws is thrown again in a microtask, so no call is affected. */
export type ChannelEventListener = (event: ChannelEvent) => void;

/** Passes events to listeners. `emit` takes a function, so that no event is made without a listener. */
export class ChannelEvents {
  readonly #listeners = new Set<ChannelEventListener>();

  /** Adds a listener and returns the function that removes it. What a listener throws becomes an uncaught error of the process, and changes no call. */
  on(listener: ChannelEventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(make: () => ChannelEvent): void {
    if (this.#listeners.size === 0) return;
    const event = make();
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // An error of a listener must not change the call of the event.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
