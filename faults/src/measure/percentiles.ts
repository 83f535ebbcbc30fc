export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** By nearest rank. NaN without values. */
export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
