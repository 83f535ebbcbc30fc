/** Options of what the channel learns about the health of endpoints. */

import { featureOptions, numberWithin, wholeNumberWithin } from "./option-values.ts";

/** When an endpoint is ejected, and for how long. */
export interface OutlierDetectionOptions {
  /**
   * Failures in a row that eject an endpoint. RESOURCE_EXHAUSTED, INTERNAL, UNKNOWN and DATA_LOSS of a server neither count nor
   * interrupt. Default 5; 1 to 1,000. Envoy: `consecutive_gateway_failure`.
   */
  readonly consecutiveFailures?: number | undefined;
  /**
   * The share of the calls of the last 10 s whose failure ejects an endpoint. Default 0.5; 0.01 to 1.
   * gRPC: `failurePercentageEjection.threshold`.
   */
  readonly failureRatio?: number | undefined;
  /** Calls within 10 s below which `failureRatio` is not looked at. Default 10; 1 to 10,000. gRPC: `requestVolume`. */
  readonly minCalls?: number | undefined;
  /**
   * By how much an endpoint must fail more often than the others of its tier, by either rule. When all fail, ejection would only
   * move the load. Default 0.3; 0 to 1.
   */
  readonly relativeRatio?: number | undefined;
  /**
   * The largest share of a tier that may be ejected; of two endpoints always one. While a later tier has endpoints, all of
   * them may be, unless that tier fails as often. Default 0.5; 0 to 1. gRPC: `max_ejection_percent`.
   */
  readonly maxEjectedRatio?: number | undefined;
  /**
   * How long the first ejection lasts, in ms; drawn from half of it to all of it, and doubled with each ejection that follows.
   * Default 2,000; 100 to 600,000. gRPC: `base_ejection_time`.
   */
  readonly baseEjectionMs?: number | undefined;
  /** The longest ejection, in ms. Default 60,000; 100 to 3,600,000. gRPC: `max_ejection_time`. */
  readonly maxEjectionMs?: number | undefined;
}

/** When a circuit breaker opens, and for how long. */
export interface CircuitBreakerOptions {
  /** Failures in a row that open it. Default 5; 1 to 1,000. gRPC has none. */
  readonly consecutiveFailures?: number | undefined;
  /** The share of the calls of the last 10 s whose failure opens it. Default 0.5; 0.01 to 1. */
  readonly failureRatio?: number | undefined;
  /** Calls within 10 s below which `failureRatio` is not looked at. Default 20; 1 to 10,000. */
  readonly minCalls?: number | undefined;
  /** How long it is open the first time, in ms; drawn from half of it to all of it, and doubled with each failed probe. Default 5,000; 100 to 600,000. */
  readonly openMs?: number | undefined;
  /** The longest time that it is open, in ms. Default 60,000; 100 to 3,600,000. */
  readonly maxOpenMs?: number | undefined;
}

/** Options with every default filled in. */
export type Resolved<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** @throws ChannelError `invalid_argument`, naming the field, what is expected and what was given. */
export function resolveOutlierDetection(
  value: boolean | OutlierDetectionOptions,
): Resolved<OutlierDetectionOptions> | undefined {
  const name = "outlierDetection";
  const options = featureOptions(name, value);
  if (options === undefined) return undefined;
  return {
    consecutiveFailures: wholeNumberWithin(`${name}.consecutiveFailures`, options.consecutiveFailures ?? 5, 1, 1_000),
    failureRatio: numberWithin(`${name}.failureRatio`, options.failureRatio ?? 0.5, 0.01, 1),
    minCalls: wholeNumberWithin(`${name}.minCalls`, options.minCalls ?? 10, 1, 10_000),
    relativeRatio: numberWithin(`${name}.relativeRatio`, options.relativeRatio ?? 0.3, 0, 1),
    maxEjectedRatio: numberWithin(`${name}.maxEjectedRatio`, options.maxEjectedRatio ?? 0.5, 0, 1),
    baseEjectionMs: numberWithin(`${name}.baseEjectionMs`, options.baseEjectionMs ?? 2_000, 100, 600_000),
    maxEjectionMs: numberWithin(`${name}.maxEjectionMs`, options.maxEjectionMs ?? 60_000, 100, 3_600_000),
  };
}

/** @throws ChannelError `invalid_argument`, naming the field, what is expected and what was given. */
export function resolveCircuitBreaker(
  value: boolean | CircuitBreakerOptions,
): Resolved<CircuitBreakerOptions> | undefined {
  const name = "circuitBreaker";
  const options = featureOptions(name, value);
  if (options === undefined) return undefined;
  return {
    consecutiveFailures: wholeNumberWithin(`${name}.consecutiveFailures`, options.consecutiveFailures ?? 5, 1, 1_000),
    failureRatio: numberWithin(`${name}.failureRatio`, options.failureRatio ?? 0.5, 0.01, 1),
    minCalls: wholeNumberWithin(`${name}.minCalls`, options.minCalls ?? 20, 1, 10_000),
    openMs: numberWithin(`${name}.openMs`, options.openMs ?? 5_000, 100, 600_000),
    maxOpenMs: numberWithin(`${name}.maxOpenMs`, options.maxOpenMs ?? 60_000, 100, 3_600_000),
  };
}
