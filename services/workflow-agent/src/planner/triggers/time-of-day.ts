import type { Reading } from "../reading.ts";

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

const CLOCK = "(\\d{1,2})(?:[:.](\\d{2}))? ?(am|pm|a\\.m\\.|p\\.m\\.|o'clock)?(?![\\p{L}\\p{N}:])";
const AT = new RegExp(`\\bat (?:${CLOCK}|(noon|midnight)\\b)`, "iu");
const BARE = new RegExp(`(?<![\\p{L}\\p{N}])(?:${CLOCK}|(noon|midnight)\\b)`, "iu");

/** Takes "at 9am", "at 17:30", "at noon". `invalid` is a time that no clock shows. */
export function takeTimeOfDay(reading: Reading): TimeOfDay | "invalid" | undefined {
  return read(reading.take(AT));
}

/** Takes it from an answer, where the "at" may be left out. */
export function takeAnyTimeOfDay(answer: Reading): TimeOfDay | undefined {
  const time = read(answer.take(BARE));
  return time === "invalid" ? undefined : time;
}

/** "09:00". */
export function sayTimeOfDay({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

function read(match: RegExpExecArray | undefined): TimeOfDay | "invalid" | undefined {
  if (match === undefined) return undefined;
  const [, hours, minutes = "0", half, named] = match;
  if (named !== undefined) return { hour: named.toLowerCase() === "noon" ? 12 : 0, minute: 0 };
  const twelve = half !== undefined && /^[ap]/i.test(half);
  const [said, minute] = [Number(hours), Number(minutes)];
  if (minute > 59 || (twelve ? said < 1 || said > 12 : said > 23)) return "invalid";
  if (!twelve) return { hour: said, minute };
  return { hour: (said % 12) + (/^p/i.test(half) ? 12 : 0), minute };
}
