/**
 * gRFC A50: ejects endpoints that fail more than the others. In: the end of each call. Out: which endpoints are ejected. It
 * looks once in each interval, at the calls of that interval.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { PeerEndpoint } from "./peer.ts";

/** The fields of `OutlierDetectionLoadBalancingConfig`, in ms and percent. Enforcement is 100 %. */
export interface OutlierDetectionConfig {
  readonly intervalMs: number;
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  readonly maxEjectionPercent: number;
  readonly successRate: {
    readonly stdevFactor: number;
    readonly minimumHosts: number;
    readonly requestVolume: number;
  };
  readonly failurePercentage: {
    readonly threshold: number;
    readonly minimumHosts: number;
    readonly requestVolume: number;
  };
}

/** Both algorithms with A50's defaults. */
export const A50_DEFAULTS: OutlierDetectionConfig = {
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionPercent: 10,
  successRate: { stdevFactor: 1_900, minimumHosts: 5, requestVolume: 100 },
  failurePercentage: { threshold: 85, minimumHosts: 5, requestVolume: 50 },
};

/**
 * Tuned for small fleets: it looks every second, from two hosts and ten calls, and may eject half of them. Success rates are not compared:
 * with ten calls their deviations are noise.
 */
export const A50_TUNED: OutlierDetectionConfig = {
  intervalMs: 1_000,
  baseEjectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectionPercent: 49,
  successRate: { stdevFactor: 1_900, minimumHosts: Number.POSITIVE_INFINITY, requestVolume: 100 },
  failurePercentage: { threshold: 50, minimumHosts: 2, requestVolume: 10 },
};

/** What it keeps of an endpoint. */
interface Entry {
  readonly endpoint: PeerEndpoint;
  readonly volume: number;
  readonly successRatio: number;
}

interface Ejection {
  ejectedAtMs: number | undefined;
  multiplier: number;
}

export class OutlierDetection {
  /** How often an endpoint was ejected. */
  ejections = 0;
  readonly #config: OutlierDetectionConfig;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #ejections = new Map<PeerEndpoint, Ejection>();

  /** `onChange`: called after a sweep that ejected an endpoint, or let one return. */
  constructor(config: OutlierDetectionConfig, clock: Clock, onChange: () => void) {
    this.#config = config;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#scheduleSweep();
  }

  /** Keeps what is known of the endpoints that stay. */
  update(endpoints: readonly PeerEndpoint[]): void {
    const listed = new Set(endpoints);
    for (const known of this.#ejections.keys()) if (!listed.has(known)) this.#ejections.delete(known);
    for (const endpoint of endpoints) {
      if (!this.#ejections.has(endpoint)) this.#ejections.set(endpoint, { ejectedAtMs: undefined, multiplier: 0 });
    }
  }

  isEjected(endpoint: PeerEndpoint): boolean {
    return this.#ejections.get(endpoint)?.ejectedAtMs !== undefined;
  }

  didEnd(endpoint: PeerEndpoint, succeeded: boolean): void {
    if (succeeded) endpoint.successes++;
    else endpoint.failures++;
  }

  #scheduleSweep(): void {
    this.#clock.setTimer(this.#config.intervalMs, () => {
      this.#scheduleSweep();
      this.#sweep(this.#clock.now());
    });
  }

  #sweep(nowMs: number): void {
    const before = this.#ejectedCount();
    const entries = [...this.#ejections.keys()].map(entryOf);
    const justEjected = this.#ejectBySuccessRate(entries, nowMs) + this.#ejectByFailurePercentage(entries, nowMs);
    for (const ejection of this.#ejections.values()) this.#relax(ejection, nowMs);
    const returned = before + justEjected - this.#ejectedCount();
    if (justEjected > 0 || returned > 0) this.#onChange();
  }

  #ejectBySuccessRate(entries: readonly Entry[], nowMs: number): number {
    const { minimumHosts, requestVolume, stdevFactor } = this.#config.successRate;
    const busy = entries.filter(({ volume }) => volume >= requestVolume);
    if (busy.length < minimumHosts) return 0;
    const mean = busy.reduce((sum, { successRatio }) => sum + successRatio, 0) / busy.length;
    const variance = busy.reduce((sum, { successRatio }) => sum + (successRatio - mean) ** 2, 0) / busy.length;
    const threshold = mean - Math.sqrt(variance) * (stdevFactor / 1_000);
    return this.#eject(
      busy.filter(({ successRatio }) => successRatio < threshold),
      nowMs,
    );
  }

  #ejectByFailurePercentage(entries: readonly Entry[], nowMs: number): number {
    const { minimumHosts, requestVolume, threshold } = this.#config.failurePercentage;
    if (entries.length < minimumHosts) return 0;
    const busy = entries.filter(({ volume }) => volume >= requestVolume);
    return this.#eject(
      busy.filter(({ successRatio }) => (1 - successRatio) * 100 > threshold),
      nowMs,
    );
  }

  #eject(outliers: readonly Entry[], nowMs: number): number {
    let count = 0;
    for (const { endpoint } of outliers) {
      // A50: "If the percentage of ejected addresses is greater than max_ejection_percent, stop."
      if ((100 * this.#ejectedCount()) / this.#ejections.size > this.#config.maxEjectionPercent) return count;
      const ejection = this.#ejections.get(endpoint);
      if (ejection === undefined || ejection.ejectedAtMs !== undefined) continue;
      ejection.ejectedAtMs = nowMs;
      ejection.multiplier++;
      this.ejections++;
      count++;
    }
    return count;
  }

  #relax(ejection: Ejection, nowMs: number): void {
    const { baseEjectionMs, maxEjectionMs } = this.#config;
    if (ejection.ejectedAtMs === undefined) {
      ejection.multiplier = Math.max(0, ejection.multiplier - 1);
      return;
    }
    const lengthMs = Math.min(baseEjectionMs * ejection.multiplier, Math.max(baseEjectionMs, maxEjectionMs));
    if (nowMs > ejection.ejectedAtMs + lengthMs) ejection.ejectedAtMs = undefined;
  }

  #ejectedCount(): number {
    let count = 0;
    for (const { ejectedAtMs } of this.#ejections.values()) if (ejectedAtMs !== undefined) count++;
    return count;
  }
}

/** The counts of the interval that ends. The next one begins at 0. */
function entryOf(endpoint: PeerEndpoint): Entry {
  const { successes, failures } = endpoint;
  endpoint.successes = 0;
  endpoint.failures = 0;
  const volume = successes + failures;
  return { endpoint, volume, successRatio: volume === 0 ? 1 : successes / volume };
}
