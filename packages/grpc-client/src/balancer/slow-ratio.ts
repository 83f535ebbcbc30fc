/**
 * How much slower an endpoint is than the median of its fleet: a factor from 1 to 16. In: times to first bytes of its attempts,
 * also of those that still wait. It never makes an endpoint cheaper than the median.
 *
 *   m += (ln t − m) / n;  n at most 16;  v = the variance of ln t
 *   M, V = medians of m and v over the fleet;  d = (m − M) × n / (n + max(1, 5 V))
 *   r = exp(d);  below 1.5 → 1;  at most 16
 *   age since the last observation > T = 10 s:  r = 1 + (r − 1) × exp(−(age − T) / T)
 *
 * `n / (n + 5 V)` is the trust in the mean of n observations that scatter by V: the shrinkage of empirical Bayes, where the means of
 * equal endpoints differ by a variance of 1/5. Where each call takes the same time, V is 0.05 or less and a few slow answers are
 * enough: four of a tenfold time make 1.6. Of exponential times V is 1.64, and the same r takes six. With fast and slow methods V is 3
 * and more, and a mean of 16 says little. Below 1.5 equal endpoints differ by chance. 16 is enough to be avoided, and keeps `m` of a stuck endpoint from
 * counting for long.
 *
 * `n` fades with the age as `r` does. An endpoint that was avoided gets a call when `r` has fallen, and this one observation then
 * weighs as much as the faded ones: with a fixed weight of 1/16 it would take 24 such calls until an endpoint that has recovered has
 * its share again.
 */

/** `npm run simulate -- slow-of-three`: with 32 a slow host of three gets 1.0 % of the calls of the first 10 s, with 16 0.6 %. */
const MEMORY = 16;
const DOUBT_PER_VARIANCE = 5;
/** However little the times scatter, one observation has half of the trust at most. */
const LEAST_DOUBT = 1;
/** Of exponential times: π² / 6. An endpoint begins with it. */
const FIRST_VARIANCE = 1.64;
const DEAD_BAND = 1.5;
const MAX_RATIO = 16;
const FADING_MS = 10_000;
/** Differences below a millisecond are the client's own event loop. */
const LEAST_MS = 1;

/** What the endpoints of a fleet have in common: medians over them. */
export interface Usual {
  /** Of the means of ln t. */
  readonly log: number;
  /** Of the variances of ln t. */
  readonly variance: number;
}

export class SlowRatio {
  /** Mean of ln t. */
  #m = 0;
  #variance = FIRST_VARIANCE;
  #n = 0;
  #observedMs = 0;

  /** Mean of ln t; undefined before the first observation. */
  get log(): number | undefined {
    return this.#n === 0 ? undefined : this.#m;
  }

  /** Variance of ln t. */
  get variance(): number {
    return this.#variance;
  }

  didRespond(ttfbMs: number, nowMs: number): void {
    const isFirst = this.#n === 0;
    this.#observe(nowMs);
    const distance = Math.log(Math.max(LEAST_MS, ttfbMs)) - this.#m;
    this.#m += distance / this.#n;
    if (!isFirst) this.#variance += (distance * distance - this.#variance) / MEMORY;
  }

  /** A failure has no response time, and still is an observation. Of an endpoint of which nothing else is known it counts as M. */
  didFail(nowMs: number, usual: Usual | undefined): void {
    if (this.#n === 0) {
      if (usual === undefined) return;
      this.#m = usual.log;
    }
    this.#observe(nowMs);
  }

  /** An attempt has waited so long and has no answer yet. Its time will be longer: that is news only above the mean. */
  didWait(waitedMs: number, nowMs: number): void {
    if (this.#n === 0 || Math.log(waitedMs) > this.#m) this.didRespond(waitedMs, nowMs);
  }

  /** An attempt waits longer than is usual: what is known is not old. */
  stillWaits(nowMs: number): void {
    this.#n *= this.#fading(nowMs);
    this.#observedMs = nowMs;
  }

  /** The factor at an instant. `usual`: undefined while no endpoint of the fleet has a mean. */
  at(nowMs: number, usual: Usual | undefined): number {
    if (usual === undefined) return 1;
    // Most endpoints are not slow, and an exponential costs more than a comparison.
    const doubt = Math.max(LEAST_DOUBT, DOUBT_PER_VARIANCE * usual.variance);
    const distance = ((this.#m - usual.log) * this.#n) / (this.#n + doubt);
    if (this.#n === 0 || distance < LOG_DEAD_BAND) return 1;
    const ratio = Math.min(MAX_RATIO, Math.exp(distance));
    return 1 + (ratio - 1) * this.#fading(nowMs);
  }

  #observe(nowMs: number): void {
    this.#n = Math.min(MEMORY, this.#n * this.#fading(nowMs) + 1);
    this.#observedMs = nowMs;
  }

  /** 1 until the last observation is 10 s old, then falling to 0. */
  #fading(nowMs: number): number {
    const ageMs = nowMs - this.#observedMs;
    return ageMs > FADING_MS ? Math.exp(1 - ageMs / FADING_MS) : 1;
  }
}

const LOG_DEAD_BAND = Math.log(DEAD_BAND);
