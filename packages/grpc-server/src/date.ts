/** A moment as libraries want it. */
export function dateAt(epochMs: number): Date {
  // oxlint-disable-next-line no-restricted-globals -- makes a date of a given clock's time and reads none itself
  return new Date(epochMs);
}
