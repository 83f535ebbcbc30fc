/**
 * Sends one call each to endpoints that wait for a probe, and all others to the picker of the eligible ones. The balancer
 * makes it only while an endpoint waits, so that other picks pay nothing.
 *
 * The probe is the first attempt of a call, because a retry needs an endpoint that works.
 */

import type { Pick, Picker, PickInfo } from "../picker.ts";
import { type Candidate, completePicks } from "./candidate.ts";

export class ProbingPicker implements Picker {
  readonly #inner: Picker;
  readonly #waiting: readonly Candidate[];
  readonly #picks: readonly Pick[];

  constructor(inner: Picker, waiting: readonly Candidate[]) {
    this.#inner = inner;
    this.#waiting = waiting;
    this.#picks = completePicks(waiting);
  }

  pick(info: PickInfo): Pick {
    if (info.tried.length > 0) return this.#inner.pick(info);
    for (let i = 0; i < this.#waiting.length; i++) {
      const { hasRoom, load } = this.#waiting[i] as Candidate;
      if (!hasRoom || load.probe === "none" || (load.probe === "idempotent" && !info.method.idempotent)) continue;
      load.takeProbe();
      return this.#picks[i] as Pick;
    }
    return this.#inner.pick(info);
  }
}
