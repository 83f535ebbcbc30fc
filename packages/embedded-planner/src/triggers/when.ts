import type { Reading } from "../reading.ts";
import { type Days, takeDays } from "./days.ts";
import { type Interval, sayInterval, takeInterval } from "./interval.ts";
import { sayTimeOfDay, type TimeOfDay, takeTimeOfDay, withinPart } from "./time-of-day.ts";
import { takeTimeZone } from "./time-zone.ts";

/** What was said about when; one request may say it in several places. */
export interface When {
  readonly days?: Days | "weekly" | "monthly" | undefined;
  readonly time?: TimeOfDay | "invalid" | undefined;
  readonly interval?: Interval | undefined;
  readonly zone?: { readonly zone: string } | { readonly unknown: string } | undefined;
}

/** Takes what a clause says about when; `undefined` when it says nothing. */
export function takeWhen(reading: Reading): When | undefined {
  const interval = takeInterval(reading);
  const days = takeDays(reading);
  // "every hour at 8:30" says two things; the second is left and reported.
  const time = interval === undefined ? takeTimeOfDay(reading) : undefined;
  if (interval === undefined && days === undefined && time === undefined) return undefined;
  return { interval, days, time: timeOn(days, time), zone: takeTimeZone(reading) };
}

function timeOn(days: When["days"], time: When["time"]): When["time"] {
  const part = typeof days === "object" ? days.part : undefined;
  return part !== undefined && typeof time === "object" ? withinPart(time, part) : time;
}

/** Whether the later adds to the earlier, and does not say the same part anew. */
export function completes(earlier: When, later: When): boolean {
  const days = typeof earlier.days === "object" && typeof later.days === "object";
  const clock = (earlier.time ?? earlier.interval) !== undefined && (later.time ?? later.interval) !== undefined;
  return !days && !clock;
}

/** One of several: what the later says completes the earlier. */
export function mergeWhen(earlier: When, later: When): When {
  // "on the 1st of every month": the day itself says more than how often.
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
export function sayWhen({ days, time, interval }: When): string {
  const onDays = typeof days === "object" ? `every ${days.words}` : undefined;
  const often = interval === undefined ? undefined : `every ${sayInterval(interval)}`;
  const at = typeof time === "object" ? `at ${sayTimeOfDay(time)}` : undefined;
  return [often, onDays, at].filter((part) => part !== undefined).join(" ");
}
