/**
 * How much slower an endpoint is than the median of its fleet: a factor from 1 to 16. In: times to first bytes of its attempts,
 * also of those that still wait. It never makes an endpoint cheaper than the median.
 *
 *   m += (ln t − m) / n;  k = min(32, n);  M = median m of the fleet
 *   r = exp((m − M) × k / (k + 8));  below 1.5 → 1;  at most 16
 *   age since the last observation > T = 10 s:  r = 1 + (r − 1) × exp(−(age − T) / T)
 *
 * `k / (k + 8)` is the trust in a mean of few observations: two of a tenfold time make 1.6, eight 3.2, 32 6.3. Below 1.5
 * equal endpoints differ by chance. 16 is enough to be avoided, and keeps `m` of a stuck endpoint from counting for long.
 *
 * `n` fades with the age as `r` does. An endpoint that was avoided gets a call when `r` has fallen, and this one observation then
 * weighs as much as the faded ones: with a fixed weight of 1/32 it would take 48 such calls, half an hour, until an endpoint that
 * has recovered has its share again.
 */

const MEMORY = 32;
const TRUST = 8;
const DEAD_BAND = 1.5;
const MAX_RATIO = 16;
const FADING_MS = 10_000;
/** Differences below a millisecond are the client's own event loop. */
const LEAST_MS = 1;

export class SlowRatio {
  /** Mean of ln t. */
  #m = 0;
  #n = 0;
  #observedMs = 0;

  /** Mean of ln t; undefined before the first observation. */
  get log(): number | undefined {
    return this.#n === 0 ? undefined : this.#m;
  }

  didRespond(ttfbMs: number, nowMs: number): void {
    this.#observe(nowMs);
    this.#m += (Math.log(Math.max(LEAST_MS, ttfbMs)) - this.#m) / this.#n;
  }

  /** A failure has no response time, and still is an observation. `medianLog`: M, for an endpoint of which nothing else is known. */
  didFail(nowMs: number, medianLog: number | undefined): void {
    if (this.#n === 0) {
      if (medianLog === undefined) return;
      this.#m = medianLog;
    }
    this.#observe(nowMs);
  }

  /** An attempt waits longer than is usual: what is known is not old. */
  stillWaits(nowMs: number): void {
    this.#n *= this.#fading(nowMs);
    this.#observedMs = nowMs;
  }

  /** The factor at an instant. `medianLog`: undefined while no endpoint of the fleet has a mean. */
  at(nowMs: number, medianLog: number | undefined): number {
    if (medianLog === undefined) return 1;
    // Most endpoints are not slow, and an exponential costs more than a comparison.
    const distance = ((this.#m - medianLog) * this.#n) / (this.#n + TRUST);
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
