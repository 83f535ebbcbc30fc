import type { Reading } from "./reading.ts";

const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 };

const SHORT: Readonly<Record<string, string>> = {
  s: "second",
  sec: "second",
  m: "minute",
  min: "minute",
  h: "hour",
  hr: "hour",
  d: "day",
};

// biome-ignore format: a table
const SPELT: Readonly<Record<string, number>> = {
  a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10,
  twelve: 12, fifteen: 15, twenty: 20, thirty: 30, forty: 40, "forty-five": 45, sixty: 60, half: 0.5,
};

const DURATION =
  /(?:for |another )?(?<![\p{L}\p{N}.])(\d{1,6}(?:\.\d{1,3})?|[a-z]+(?:-five)?)(?: an?)? ?(seconds?|minutes?|hours?|days?|weeks?|secs?|mins?|hrs?|[smhd])(?![\p{L}\p{N}])/iu;

/** Takes "10 minutes", "an hour" or "1.5h", in seconds. */
export function takeDuration(reading: Reading): number | undefined {
  if (!reading.has(DURATION)) return undefined;
  const match = reading.take(DURATION);
  const amount = readNumber(match?.[1] ?? "");
  const unit = (match?.[2] ?? "").toLowerCase();
  const perUnit = SECONDS[SHORT[unit.replace(/(?<=..)s$/, "")] ?? unit.replace(/s$/, "")];
  return amount === undefined || perUnit === undefined ? undefined : amount * perUnit;
}

/** "15" or "fifteen". */
export function readNumber(text: string): number | undefined {
  return /^\d/.test(text) ? Number(text) : SPELT[text.toLowerCase()];
}

/** The duration in the largest unit that divides it: "2 hours", "90 seconds". */
export function formatDuration(seconds: number): string {
  const units = Object.entries(SECONDS).reverse();
  const [unit, size] = units.find(([, each]) => seconds >= each && seconds % each === 0) ?? ["second", 1];
  const amount = seconds / size;
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}
