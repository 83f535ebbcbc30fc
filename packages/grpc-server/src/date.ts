/** The `Date` of an instant, for libraries that take one. */
export function dateAt(epochMs: number): Date {
  // oxlint-disable-next-line no-restricted-globals -- converts the time of a given clock, and reads no clock
  return new Date(epochMs);
}
