import type { MemorySample } from "../load/records.ts";

const MS_PER_HOUR = 3_600_000;
const BYTES_PER_MIB = 1 << 20;

/** The slope of the line of least squares, in MiB an hour. 0 for fewer than two samples. */
export function growth(samples: readonly MemorySample[]): number {
  if (samples.length < 2) return 0;
  const mean = (of: (sample: MemorySample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const meanMs = mean(({ atMs }) => atMs);
  const meanBytes = mean(({ bytes }) => bytes);
  const covariance = mean(({ atMs, bytes }) => (atMs - meanMs) * (bytes - meanBytes));
  const variance = mean(({ atMs }) => (atMs - meanMs) ** 2);
  return ((covariance / variance) * MS_PER_HOUR) / BYTES_PER_MIB;
}
