/** One number with its unit, as in `1m30s`, `250ms` or `1.5s`. */
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it, in milliseconds. Undefined for what is none, or lasts no millisecond. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, number, unit = ""] of text.matchAll(PART)) totalMs += Number(number) * (MS_PER_UNIT[unit] ?? 0);
  return totalMs >= 1 ? totalMs : undefined;
}
