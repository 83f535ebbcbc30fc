import type { Reading } from "../reading.ts";

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
  /** It means one hour of the day: written with "am" or "pm", by name, or as an hour above 12. */
  readonly isExact: boolean;
}

type PartOfDay = "morning" | "afternoon" | "evening" | "night";

const CLOCK = "(\\d{1,2})(?:[:.](\\d{2}))? ?(am|pm|a\\.m\\.|p\\.m\\.|o'clock)?(?![\\p{L}\\p{N}:])";
const AT = new RegExp(`\\bat (?:${CLOCK}|(noon|midnight)\\b)`, "iu");
const BARE = new RegExp(`(?<![\\p{L}\\p{N}])(?:${CLOCK}|(noon|midnight)\\b)`, "iu");

/** Takes "at 9am", "at 17:30", "at noon". `invalid`: not a time of day, such as 25:00. */
export function takeTimeOfDay(reading: Reading): TimeOfDay | "invalid" | undefined {
  return read(reading.take(AT));
}

/** Takes it from an answer, in which "at" may be left out. */
export function takeAnyTimeOfDay(answer: Reading): TimeOfDay | undefined {
  const time = read(answer.take(BARE));
  return time === "invalid" ? undefined : time;
}

/** "09:00". */
export function formatTimeOfDay({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** The hours of each part of the day, in the order of the day. */
const HOURS: Readonly<Record<PartOfDay, readonly number[]>> = {
  morning: [4, 5, 6, 7, 8, 9, 10, 11, 12],
  afternoon: [12, 13, 14, 15, 16, 17, 18],
  evening: [16, 17, 18, 19, 20, 21, 22, 23],
  night: [20, 21, 22, 23, 0, 1, 2, 3, 4, 5],
};

/** "At 8" in "every evening" is 20:00. `invalid` if the part of the day has no such hour. */
export function withinPart(time: TimeOfDay, part: PartOfDay): TimeOfDay | "invalid" {
  const hours = time.isExact ? [time.hour] : [time.hour, (time.hour + 12) % 24];
  const hour = hours.find((each) => HOURS[part].includes(each));
  return hour === undefined ? "invalid" : { ...time, hour, isExact: true };
}

function read(match: RegExpExecArray | undefined): TimeOfDay | "invalid" | undefined {
  if (match === undefined) return undefined;
  const [, hours, minutes = "0", half, named] = match;
  if (named !== undefined) return { hour: named.toLowerCase() === "noon" ? 12 : 0, minute: 0, isExact: true };
  const twelve = half !== undefined && /^[ap]/i.test(half);
  const [said, minute] = [Number(hours), Number(minutes)];
  if (minute > 59 || (twelve ? said < 1 || said > 12 : said > 23)) return "invalid";
  if (!twelve) return { hour: said, minute, isExact: said > 12 || said === 0 };
  return { hour: (said % 12) + (/^p/i.test(half) ? 12 : 0), minute, isExact: true };
}
