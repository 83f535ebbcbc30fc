/**
 * How often an endpoint has failed lately, for the balancer's cost: a number from 0 to 1. It stays with the endpoint's
 * load, so that it outlasts pickers and connections.
 *
 *   f fades by e^(−t / 10 s), where t is the time since the last outcome, and then
 *   f += a × (x − f)     x = 1 for a failure, 0 for a success; a = 1 / min(16, number of outcomes)
 *
 * The first outcomes weigh as a mean, later ones as sixteen: a host that begins to fail is known after a few calls. The
 * fading lets an endpoint that gets no calls be tried again, and return soon if it then works.
 */

import type { OutcomeKind } from "../outcome.ts";

const MEMORY = 16;
const FADING_MS = 10_000;
/** Below it an endpoint counts as one that does not fail: one failure in a hundred calls happens to all. */
const NEGLIGIBLE = 0.01;

export class FailureRate {
  #rate = 0;
  #outcomes = 0;
  #lastMs = 0;

  /** The rate at an instant. */
  at(nowMs: number): number {
    if (this.#rate === 0) return 0;
    const faded = this.#rate * Math.exp((this.#lastMs - nowMs) / FADING_MS);
    if (faded >= NEGLIGIBLE) return faded;
    this.#rate = 0;
    return 0;
  }

  didEnd(kind: OutcomeKind, nowMs: number): void {
    if (kind === "ignorable") return;
    if (this.#outcomes < MEMORY) this.#outcomes++;
    if (kind === "success" && this.#rate === 0) return;
    const faded = this.at(nowMs);
    this.#rate = faded + ((kind === "failure" ? 1 : 0) - faded) / this.#outcomes;
    this.#lastMs = nowMs;
  }

  /** Lowers the rate to at most `rate`. */
  limitTo(rate: number, nowMs: number): void {
    this.#rate = Math.min(this.at(nowMs), rate);
    this.#lastMs = nowMs;
  }
}
