/**
 * Publishes pickers. In: the subchannels of the tier in use and what is known about the rest. Out: an immutable picker,
 * made anew when something changed and never while a call is picked.
 */

import type { Random } from "@agent-team/foundation/random";
import { ChannelError } from "../errors.ts";
import type { Picker } from "../picker.ts";
import { Status } from "../status.ts";
import { ofLowestPriority } from "./priority.ts";
import { type Candidate, ScanPicker } from "./scan.ts";
import { weightFactors } from "./weight.ts";
import { zoneFactors } from "./zone.ts";

/** What the balancer needs to know to say what calls may do now. */
export interface BalancerState {
  /** Subchannels of the active tier that are ready, eligible or not. */
  readonly ready: readonly Candidate[];
  /** Whether a first answer or a connection may still come; if not, every endpoint has failed. */
  readonly pending: boolean;
  /** For the error that a call gets when nothing works: what is known and what went wrong last. */
  readonly explain: () => string;
  /** The oldest of the endpoints' last failures, on the clock's scale. */
  readonly allFailedSinceMs: number;
}

export interface BalancerDeps {
  readonly random: Random;
  /** The caller's own availability zone, where known. */
  readonly ownZone: () => string | undefined;
  readonly publish: (picker: Picker) => void;
}

export class Balancer {
  readonly #deps: BalancerDeps;

  constructor(deps: BalancerDeps) {
    this.#deps = deps;
  }

  update(state: BalancerState): void {
    this.#deps.publish(this.#pickerFor(state));
  }

  #pickerFor(state: BalancerState): Picker {
    const { random, ownZone } = this.#deps;
    const eligible = state.ready.filter(({ load }) => load.isEligible);
    if (eligible.length > 0) {
      const candidates = ofLowestPriority(eligible);
      const endpoints = candidates.map((subchannel) => subchannel.endpoint);
      const zones = zoneFactors(endpoints, ownZone());
      const weights = weightFactors(endpoints);
      candidates.forEach(({ load }, i) => {
        load.setFactor("zone", zones[i] ?? 1);
        load.setFactor("weight", weights?.[i] ?? 1);
      });
      return new ScanPicker(candidates, random, weights !== undefined);
    }
    if (state.pending) return QUEUE_PICKER;
    const failed = {
      kind: "fail",
      error: new ChannelError(Status.unavailable, state.explain()),
      allFailedSinceMs: state.allFailedSinceMs,
    } as const;
    return { pick: () => failed };
  }
}

const QUEUE = { kind: "queue", until: "ready" } as const;

/** Before the first answer of a resolver, and while connections are being made. */
export const QUEUE_PICKER: Picker = { pick: () => QUEUE };
