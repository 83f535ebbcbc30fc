/**
 * How long a target's endpoints take to the first response bytes: quantiles over the last thousand or so responses of all
 * endpoints. What is slow, and which deadline blames an endpoint, is relative to them.
 *
 * A histogram with eight buckets to an octave: a quantile is right to 9 %, and a response costs one logarithm.
 */

const BUCKETS_PER_OCTAVE = 8;
/** The first bucket ends here: differences below it are the client's own. */
const LEAST_MS = 1 / 16;
/** 22 octaves above `LEAST_MS` are 4.4 minutes. */
const BUCKETS = 22 * BUCKETS_PER_OCTAVE;
/** At this number of responses all counts are halved, so that old ones fade. */
const MEMORY = 1_024;
/** Below it the quantiles are not used. */
const MIN_RESPONSES = 20;
/** What counts as long before there are `MIN_RESPONSES`. */
const UNKNOWN_MS = 1_000;

export class FleetLatency {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #responses = 0;
  /** Responses since the quantiles were computed. */
  #fresh = 0;
  #p50Ms = 0;
  #p95Ms = 0;

  /** A call or stream that worked had its first response bytes after `ttfbMs`. */
  didRespond(ttfbMs: number): void {
    this.#responses++;
    this.#fresh++;
    const bucket = Math.ceil(Math.log2(Math.max(ttfbMs, LEAST_MS) / LEAST_MS) * BUCKETS_PER_OCTAVE);
    this.#counts[Math.min(bucket, BUCKETS - 1)]! += 1;
    this.#total++;
    if (this.#total >= MEMORY) this.#halve();
  }

  /** The median; undefined while too few responses are known. */
  get p50Ms(): number | undefined {
    if (this.#responses < MIN_RESPONSES) return undefined;
    this.#refresh();
    return this.#p50Ms;
  }

  /** 95 of 100 responses began within this time; undefined while too few responses are known. */
  get p95Ms(): number | undefined {
    if (this.#responses < MIN_RESPONSES) return undefined;
    this.#refresh();
    return this.#p95Ms;
  }

  /** An attempt without response bytes for longer than this is slow. */
  get longMs(): number {
    const p95Ms = this.p95Ms;
    return p95Ms === undefined ? UNKNOWN_MS : 2 * p95Ms;
  }

  /** A deadline that passes later than this without response bytes blames the endpoint; a shorter one the caller. */
  get blamelessMs(): number {
    return Math.max(UNKNOWN_MS, this.longMs);
  }

  #halve(): void {
    for (let i = 0; i < BUCKETS; i++) this.#counts[i]! /= 2;
    this.#total /= 2;
  }

  /** A sixteenth of new responses moves the quantiles by less than a bucket. */
  #refresh(): void {
    if (this.#fresh * 16 < this.#total && this.#p95Ms > 0) return;
    this.#fresh = 0;
    let seen = 0;
    let p50 = -1;
    for (let i = 0; i < BUCKETS; i++) {
      seen += this.#counts[i] as number;
      if (p50 < 0 && seen >= this.#total * 0.5) p50 = i;
      if (seen < this.#total * 0.95) continue;
      this.#p50Ms = boundOf(p50);
      this.#p95Ms = boundOf(i);
      return;
    }
  }
}

/** The upper bound of a bucket. */
function boundOf(bucket: number): number {
  return LEAST_MS * 2 ** (bucket / BUCKETS_PER_OCTAVE);
}
