/**
 * Publishes pickers. In: the ready subchannels of the active tier, and the state of the other endpoints. Out: an immutable
 * picker for each change. It never makes a picker during a pick.
 */

import type { Random } from "@agent-team/foundation/random";
import type { BalancingPolicy } from "../balancing-policy.ts";
import { ChannelError } from "../errors.ts";
import type { ChannelEvents } from "../events.ts";
import type { Picker } from "../picker.ts";
import { Status } from "../status.ts";
import type { Candidate } from "./candidate.ts";
import type { Costs } from "./costs.ts";
import { isPanic } from "./panic.ts";
import { createPicker } from "./policy.ts";
import { ofLowestPriority } from "./priority.ts";
import { ProbingPicker } from "./probing.ts";
import { QUEUE_PICKER } from "./queue-picker.ts";
import { withRetryRules } from "./retrying.ts";
import { weightFactors } from "./weight.ts";
import { REMOTE_CALLS, REMOTE_FACTOR, remoteOnes } from "./zone.ts";

/** A reserve is about to end. An idle one gets a call only while each other endpoint has nine or more in flight. */
const RESERVE_FACTOR = 10;

/** The state of the active tier from which a picker is made. */
export interface BalancerState {
  /** Subchannels of the active tier that are ready, eligible or not. */
  readonly ready: readonly Candidate[];
  /** How many endpoints the active tier has, ready or not. */
  readonly known: number;
  /** Ready subchannels of every tier that wait for a probe. */
  readonly probing: readonly Candidate[];
  /** No other tier can take the calls. */
  readonly isLastResort: boolean;
  /** A first answer or a connection may still come. False: every endpoint has failed. */
  readonly pending: boolean;
  /** Text for the error of a call that no endpoint can take: the known endpoints and the last error. */
  readonly explain: () => string;
  /** The oldest of the endpoints' last failures, on the clock's scale. */
  readonly allFailedSinceMs: number;
}

export interface BalancerDeps {
  readonly random: Random;
  readonly policy: BalancingPolicy;
  readonly costs: Costs;
  /** The client's availability zone; undefined while unknown. */
  readonly ownZone: () => string | undefined;
  readonly events: ChannelEvents;
  readonly publish: (picker: Picker) => void;
}

export class Balancer {
  readonly #deps: BalancerDeps;
  #isInPanic = false;

  constructor(deps: BalancerDeps) {
    this.#deps = deps;
  }

  update(state: BalancerState): void {
    this.#updatePanic(state);
    const picker = this.#pickerFor(state);
    this.#deps.publish(state.probing.length === 0 ? picker : new ProbingPicker(picker, state.probing));
  }

  #pickerFor(state: BalancerState): Picker {
    const usable = state.ready.filter(({ load }) => load.takesCalls);
    if (usable.length > 0) return this.#choosingFrom(usable);
    if (state.pending) return QUEUE_PICKER;
    const failed = {
      kind: "fail",
      error: new ChannelError(Status.unavailable, state.explain()),
      allFailedSinceMs: state.allFailedSinceMs,
    } as const;
    return { pick: () => failed };
  }

  #choosingFrom(usable: readonly Candidate[]): Picker {
    const { random, ownZone, policy, costs } = this.#deps;
    costs.update(usable.map(({ load }) => load));
    const candidates = ofLowestPriority(usable);
    const endpoints = candidates.map((subchannel) => subchannel.endpoint);
    const areRemote = remoteOnes(endpoints, ownZone());
    const weights = weightFactors(endpoints);
    candidates.forEach(({ load }, i) => {
      const isRemote = areRemote[i] === true;
      load.setFactor("zone", isRemote ? REMOTE_FACTOR : 1);
      load.distance = isRemote ? REMOTE_CALLS : 0;
      load.setFactor("weight", weights?.[i] ?? 1);
      load.setFactor("reserve", endpoints[i]?.isReserve === true ? RESERVE_FACTOR : 1);
    });
    return withRetryRules(candidates, (some) => createPicker(policy, some, random, weights !== undefined));
  }

  #updatePanic({ ready, known, isLastResort }: BalancerState): void {
    const isInPanic = isPanic(ready, known, isLastResort);
    for (const { load } of ready) load.setPanic(isInPanic);
    if (isInPanic === this.#isInPanic) return;
    this.#isInPanic = isInPanic;
    const usable = ready.filter(({ load }) => load.isEligible).length;
    this.#deps.events.emit(() => ({ type: isInPanic ? "panic-began" : "panic-ended", usable, known }));
  }
}
