import type { Reading } from "../reading.ts";
import { type Days, takeDays } from "./days.ts";
import { formatInterval, type Interval, takeInterval } from "./interval.ts";
import { formatTimeOfDay, type TimeOfDay, takeTimeOfDay, withinPart } from "./time-of-day.ts";
import { takeTimeZone } from "./time-zone.ts";

/** The parts of a schedule. A request may have them in several places. */
export interface When {
  readonly days?: Days | "weekly" | "monthly" | undefined;
  readonly time?: TimeOfDay | "invalid" | undefined;
  readonly interval?: Interval | undefined;
  readonly zone?: { readonly zone: string } | { readonly unknown: string } | undefined;
}

/** Takes the parts of a schedule from a clause; `undefined` without any. */
export function takeWhen(reading: Reading): When | undefined {
  const interval = takeInterval(reading);
  const days = takeDays(reading);
  // "every hour at 8:30" has two meanings; "at 8:30" stays a leftover.
  const time = interval === undefined ? takeTimeOfDay(reading) : undefined;
  if (interval === undefined && days === undefined && time === undefined) return undefined;
  return { interval, days, time: timeOn(days, time), zone: takeTimeZone(reading) };
}

function timeOn(days: When["days"], time: When["time"]): When["time"] {
  const part = typeof days === "object" ? days.part : undefined;
  return part !== undefined && typeof time === "object" ? withinPart(time, part) : time;
}

/** Whether the later schedule adds to the earlier one, and repeats none of its parts. */
export function completes(earlier: When, later: When): boolean {
  const days = typeof earlier.days === "object" && typeof later.days === "object";
  const clock = (earlier.time ?? earlier.interval) !== undefined && (later.time ?? later.interval) !== undefined;
  return !days && !clock;
}

/** One schedule of two: the later one completes the earlier one. */
export function mergeWhen(earlier: When, later: When): When {
  // "on the 1st of every month": the day says more than "monthly".
  const days =
    typeof earlier.days === "object" && typeof later.days !== "object" ? earlier.days : (later.days ?? earlier.days);
  return {
    days,
    time: timeOn(days, later.time ?? earlier.time),
    interval: later.interval ?? earlier.interval,
    zone: later.zone ?? earlier.zone,
  };
}

/** "every weekday at 09:00". */
export function formatWhen({ days, time, interval }: When): string {
  const onDays = typeof days === "object" ? `every ${days.words}` : undefined;
  const often = interval === undefined ? undefined : `every ${formatInterval(interval)}`;
  const at = typeof time === "object" ? `at ${formatTimeOfDay(time)}` : undefined;
  return [often, onDays, at].filter((part) => part !== undefined).join(" ");
}
