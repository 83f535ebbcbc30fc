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
  /** Subchannels of the active tier that are ready. */
  readonly ready: readonly Candidate[];
  /** Whether a first answer or a connection may still come; if not, every endpoint has failed. */
  readonly pending: boolean;
  /** For the error that a call gets when nothing works: what is known and what went wrong last. */
  readonly explain: () => string;
  /** The oldest of the endpoints' last failures, on the clock's scale. */
  readonly provenMs: number;
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
    if (state.ready.length > 0) {
      const candidates = ofLowestPriority(state.ready);
      const endpoints = candidates.map((subchannel) => subchannel.endpoint);
      const factors = zoneFactors(endpoints, ownZone());
      const weights = weightFactors(endpoints);
      if (weights === undefined) return new ScanPicker(candidates, factors, random);
      return new ScanPicker(
        candidates,
        factors.map((factor, i) => factor * (weights[i] as number)),
        random,
        true,
      );
    }
    if (state.pending) return QUEUE_PICKER;
    const failed = {
      kind: "fail",
      error: new ChannelError(Status.unavailable, state.explain()),
      provenMs: state.provenMs,
    } as const;
    return { pick: () => failed };
  }
}

const QUEUE = { kind: "queue", until: "ready" } as const;

/** Before the first answer of a resolver, and while connections are being made. */
export const QUEUE_PICKER: Picker = { pick: () => QUEUE };
