import type { Reading } from "../reading.ts";

/** On which days: cron's day-of-month and day-of-week, and the words for it. */
export interface Days {
  readonly ofMonth: string;
  readonly ofWeek: string;
  readonly words: string;
}

const EVERY = "(?:every|each|on|on the|once an?|once per) ";
const NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const NAME = `(?:${NAMES.join("|")})s?`;

const WEEKDAYS = new RegExp(`\\b(?:${EVERY})?(?:weekdays?|working days?|business days?)\\b`, "i");
const WEEKENDS = new RegExp(`\\b(?:${EVERY})?weekends?\\b`, "i");
const NAMED = new RegExp(`\\b(?:${EVERY})?(${NAME}(?:(?:,? and |, ?| or )(?:every |on )?${NAME})*)\\b`, "i");
const MONTHLY = /\b(?:monthly|(?:every|each|once a|once per) month)\b/i;
const DATE = /\b(?:(?:on|every|each) )?(?:the )?(\d{1,2})(?:st|nd|rd|th)(?: day)?(?: of (?:every|each|the) month)?\b/i;
const WEEKLY = /\b(?:weekly|(?:every|each|once a|once per) week)\b/i;
const DAILY = new RegExp(
  `\\b(?:daily|(?:every|each|once an?|once per) (?:single )?(?:day|morning|afternoon|evening|night)s?)\\b`,
  "i",
);

/** Takes the days of a schedule. `weekly` and `monthly` say how often and not yet when. */
export function takeDays(reading: Reading): Days | "weekly" | "monthly" | undefined {
  if (reading.take(WEEKDAYS) !== undefined) return { ofMonth: "*", ofWeek: "1-5", words: "weekday" };
  if (reading.take(WEEKENDS) !== undefined) return { ofMonth: "*", ofWeek: "0,6", words: "Saturday and Sunday" };
  const weekly = reading.take(WEEKLY) !== undefined;
  const named = reading.take(NAMED)?.[1];
  if (named !== undefined) return namedDays(named);
  if (weekly) return "weekly";
  const monthly = reading.take(MONTHLY) !== undefined;
  const date = Number(reading.take(DATE)?.[1] ?? 0);
  if (date >= 1 && date <= 31) return { ofMonth: String(date), ofWeek: "*", words: `month on day ${date}` };
  if (monthly) return "monthly";
  return reading.take(DAILY) === undefined ? undefined : { ofMonth: "*", ofWeek: "*", words: "day" };
}

function namedDays(said: string): Days {
  const days = NAMES.map((name, number) => ({ name, number })).filter(({ name }) => said.toLowerCase().includes(name));
  return {
    ofMonth: "*",
    ofWeek: days.map(({ number }) => number).join(","),
    words: days.map(({ name }) => name.charAt(0).toUpperCase() + name.slice(1)).join(" and "),
  };
}
