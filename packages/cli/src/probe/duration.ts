/**
 * Go's durations, because task definitions are written for the original probe: `1m30s`, `250ms`, `500us`, `1.5s`, `.5s`. Go
 * accepts "us" with the letter u, the micro sign or the Greek letter mu.
 */
const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;
const WHOLE = new RegExp(`^\\+?(?:${PART.source})+$`);

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** In milliseconds, possibly a fraction. Undefined for text that is not a duration, and for zero. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  let totalMs = 0;
  for (const [, number, unit = ""] of text.matchAll(PART)) totalMs += Number(number) * (MS_PER_UNIT[unit] ?? 0);
  return totalMs > 0 ? totalMs : undefined;
}
