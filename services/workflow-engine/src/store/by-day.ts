export const DAY_MS = 86_400_000;

/**
 * Name of the index of the runs that started, and of the tombstones that were made, on the day (UTC) of `timeMs`. A sweep
 * reads the indexes of old days only. Days count from the Unix epoch.
 */
export function byDay(timeMs: number): string {
  return `by-day/${Math.floor(timeMs / DAY_MS)}`;
}
