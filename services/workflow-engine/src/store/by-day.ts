export const DAY_MS = 86_400_000;

/**
 * The index of what was begun on one day (UTC) and does not stay: runs and tombstones. So what is old is found without
 * looking through what is new. Days are counted from the Unix epoch.
 */
export function byDay(timeMs: number): string {
  return `by-day/${Math.floor(timeMs / DAY_MS)}`;
}
