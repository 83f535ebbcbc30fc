import type { Reading } from "../reading.ts";
import { type Days, daysOfMonth, takeDays } from "./days.ts";
import type { Firing } from "./firing.ts";
import { formatInterval, type Interval, takeInterval } from "./interval.ts";
import { areQuarters, type Months, QUARTER_ENDS, takeMonths } from "./months.ts";
import { formatTimes, type Times, takeTimes, withinPart } from "./time-of-day.ts";
import { takeTimeZone } from "./time-zone.ts";
import { takeWindow, type Window, windowFields } from "./window.ts";

/** The parts of a schedule. A request may have them in several places. */
export interface When {
  readonly days?: Days | "weekly" | "monthly" | "yearly" | undefined;
  readonly months?: Months | undefined;
  readonly time?: Times | undefined;
  readonly interval?: Interval | undefined;
  /** Only with an interval. */
  readonly window?: Window | undefined;
  readonly zone?: { readonly zone: string } | { readonly unknown: string } | undefined;
  readonly firing?: Firing | undefined;
}

/** Takes the parts of a schedule from a clause; `undefined` without any. */
export function takeWhen(reading: Reading): When | undefined {
  const interval = takeInterval(reading);
  const window = interval === undefined ? undefined : takeWindow(reading);
  const dated = takeMonths(reading);
  const days = takeDaysOf(reading, dated);
  const months = typeof dated === "object" ? monthsFor(dated.months, days) : undefined;
  // "every hour at 8:30" has two meanings; "at 8:30" stays a leftover.
  const time = interval === undefined ? takeTimes(reading) : undefined;
  if (interval === undefined && days === undefined && time === undefined && months === undefined) return undefined;
  return { interval, window, days, months, time: timeOn(days, time), zone: takeTimeZone(reading) };
}

/** "The last day of the quarter" is in its last month. */
function monthsFor(months: Months, days: When["days"]): Months {
  const isLast = typeof days === "object" && /\blast\b/.test(days.words);
  return isLast && areQuarters(months) ? QUARTER_ENDS : months;
}

function takeDaysOf(reading: Reading, dated: ReturnType<typeof takeMonths>): When["days"] {
  if (typeof dated === "object" && dated.day !== undefined) return daysOfMonth([dated.day]);
  return dated === "yearly" ? dated : takeDays(reading, dated !== undefined);
}

function timeOn(days: When["days"], time: When["time"]): When["time"] {
  const part = typeof days === "object" ? days.part : undefined;
  return part !== undefined && typeof time === "object" ? withinPart(time, part) : time;
}

/** Whether the later schedule adds to the earlier one, and repeats none of its parts. */
export function completes(earlier: When, later: When): boolean {
  const isYearly = earlier.days === "yearly" || later.days === "yearly";
  const days = isYearly
    ? earlier.days !== undefined && later.days !== undefined
    : typeof earlier.days === "object" && typeof later.days === "object";
  const clock = (earlier.time ?? earlier.interval) !== undefined && (later.time ?? later.interval) !== undefined;
  const months = earlier.months !== undefined && later.months !== undefined;
  return !days && !clock && !months;
}

/** One schedule of two: the later one completes the earlier one. */
export function mergeWhen(earlier: When, later: When): When {
  // "on the 1st of every month": the day says more than "monthly".
  const days =
    typeof earlier.days === "object" && typeof later.days !== "object" ? earlier.days : (later.days ?? earlier.days);
  return {
    days,
    months: later.months ?? (earlier.months && monthsFor(earlier.months, days)),
    time: timeOn(days, later.time ?? earlier.time),
    interval: later.interval ?? earlier.interval,
    window: later.window ?? earlier.window,
    zone: later.zone ?? earlier.zone,
    firing: later.firing ?? earlier.firing,
  };
}

/** "every weekday at 09:00", "every 15 minutes from 08:00 to 17:45", "on day 24 in December". */
export function formatWhen({ days, months, time, interval, window }: When): string {
  const often = interval === undefined ? undefined : `every ${formatInterval(interval)}`;
  const within = interval === undefined || window === undefined ? undefined : windowFields(interval, window).words;
  const at = typeof time === "object" ? `at ${formatTimes(time)}` : undefined;
  return [often, within, formatDays(days, months), at].filter((part) => part !== undefined).join(" ");
}

function formatDays(days: When["days"], months: Months | undefined): string | undefined {
  const isIn = months === undefined ? undefined : `in ${months.words}`;
  if (typeof days !== "object") return isIn;
  const on = months === undefined ? undefined : days.inMonths;
  return [on ?? `every ${days.words}`, isIn].filter((part) => part !== undefined).join(" ");
}
