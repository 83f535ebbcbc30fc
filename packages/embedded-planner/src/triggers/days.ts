import type { Reading } from "../reading.ts";
import { takeOrdinalDay } from "./ordinal-days.ts";

/** The days of a schedule: cron's day-of-month and day-of-week, and words for them. */
export interface Days {
  readonly ofMonth: string;
  readonly ofWeek: string;
  readonly words: string;
  /** Words for days of certain months; absent if `words` fit. */
  readonly inMonths?: string | undefined;
  /** The part of the day in "every evening". It decides the meaning of "at 8". */
  readonly part?: "morning" | "afternoon" | "evening" | "night" | undefined;
}

const EVERY = "(?:every|each|once an?|once per)";
const NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const NAME = `(?:${NAMES.join("|")})`;

const WEEKDAYS = new RegExp(`\\b(?:(?:${EVERY}|on) )?(?:weekdays?|working days?|business days?)\\b`, "i");
const WEEKENDS = new RegExp(`\\b(?:(?:${EVERY}|on) )?weekends?\\b`, "i");
/** "On Friday" may mean the next Friday only; "on Fridays" and "every Friday" mean each one. */
const NAMED = new RegExp(
  `\\b(?:${EVERY} (?:on )?(${NAME}s?(?:(?:,? and |, ?)(?:(?:every|on) )?${NAME}s?)*)|(?:on )?(${NAME}s(?:(?:,? and |, ?)(?:on )?${NAME}s)*))\\b`,
  "i",
);
const ANY_NAMED = new RegExp(`\\b(?:on )?(${NAME}s?(?:(?:,? and |, ?)(?:on )?${NAME}s?)*)\\b`, "i");
const MONTHLY = new RegExp(`\\b(?:monthly|${EVERY} month)\\b`, "i");
/** "On the 5th" alone may mean the next one only. */
const NTH = "\\d{1,2}(?:st|nd|rd|th)(?: day)?";
const DATES = `${NTH}(?:(?:,? and |, ?)(?:(?:on )?the )?${NTH})*`;
const OF_MONTH = " of (?:(?:every|each|the|a) )?month";
const DATE = new RegExp(
  `\\b(?:(?:on )?(?:the )?(${DATES})${OF_MONTH}|(?:every|each) (?:month on )?(?:the )?(${DATES})(?:${OF_MONTH})?)\\b`,
  "i",
);
const ANY_DATE = new RegExp(`\\b(?:on )?(?:the )?(${DATES})(?:${OF_MONTH})?\\b`, "i");
const WEEKLY = new RegExp(`\\b(?:weekly|${EVERY} week)\\b`, "i");
const DAILY = new RegExp(`\\b(?:daily|${EVERY} (?:single )?(?:day|(morning|afternoon|evening|night)s?))\\b`, "i");

/**
 * Takes the days of a schedule. `weekly` and `monthly`: the day itself is still missing. `inMonths`: the schedule names months, so that "on the
 * 5th" repeats.
 */
export function takeDays(reading: Reading, inMonths: boolean): Days | "weekly" | "monthly" | undefined {
  const ordinal = takeOrdinalDay(reading, inMonths);
  if (ordinal !== undefined) return ordinal;
  if (reading.take(WEEKDAYS) !== undefined) return { ofMonth: "*", ofWeek: "1-5", words: "weekday" };
  if (reading.take(WEEKENDS) !== undefined) return { ofMonth: "*", ofWeek: "0,6", words: "Saturday and Sunday" };
  return takeDates(reading, inMonths) ?? takeWeek(reading) ?? takeDaily(reading);
}

/** Takes them from an answer, in which "every" may be left out. */
export function takeAnyDays(answer: Reading): Days | undefined {
  const named = answer.take(ANY_NAMED)?.[1];
  if (named !== undefined) return namedDays(named);
  return takeOrdinalDay(answer, true) ?? datesOf(answer.take(ANY_DATE)?.[1]);
}

function takeWeek(reading: Reading): Days | "weekly" | undefined {
  const weekly = reading.take(WEEKLY) !== undefined;
  const match = reading.take(weekly ? ANY_NAMED : NAMED);
  const named = match?.[1] ?? match?.[2];
  if (named !== undefined) return namedDays(named);
  return weekly ? "weekly" : undefined;
}

function takeDates(reading: Reading, inMonths: boolean): Days | "monthly" | undefined {
  const date = reading.take(DATE);
  if (date !== undefined) return datesOf(date[1] ?? date[2]);
  const isMonthly = reading.take(MONTHLY) !== undefined;
  if (!isMonthly && !inMonths) return undefined;
  return datesOf(reading.take(ANY_DATE)?.[1]) ?? (isMonthly ? "monthly" : undefined);
}

function takeDaily(reading: Reading): Days | undefined {
  const match = reading.take(DAILY);
  if (match === undefined) return undefined;
  const part = match[1]?.toLowerCase() as Days["part"];
  return { ofMonth: "*", ofWeek: "*", words: part ?? "day", part };
}

function datesOf(said: string | undefined): Days | undefined {
  return daysOfMonth((said?.match(/\d+/g) ?? []).map(Number));
}

/** `undefined` without a date, and for a date that no month has. */
export function daysOfMonth(dates: readonly number[]): Days | undefined {
  if (dates.length === 0 || dates.some((date) => date < 1 || date > 31)) return undefined;
  const sorted = [...new Set(dates)].sort((a, b) => a - b);
  const words = `on day ${sorted.join(" and ")}`;
  return { ofMonth: sorted.join(","), ofWeek: "*", words: `month ${words}`, inMonths: words };
}

function namedDays(said: string): Days {
  const days = NAMES.map((name, number) => ({ name, number })).filter(({ name }) => said.toLowerCase().includes(name));
  return {
    ofMonth: "*",
    ofWeek: days.map(({ number }) => number).join(","),
    words: days.map(({ name }) => name.charAt(0).toUpperCase() + name.slice(1)).join(" and "),
  };
}
