import type { Reading } from "../reading.ts";

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
  /** It means one hour of the day: written with "am" or "pm", by name, or as an hour above 12. */
  readonly isExact: boolean;
}

type PartOfDay = "morning" | "afternoon" | "evening" | "night";

/**
 * The times of a day, at least one. `invalid`: one of them is no time of day, such as 25:00. `unclear`: "am" or "pm" may
 * belong to one of them or to all, as in "at 8 and 10pm".
 */
export type Times = readonly TimeOfDay[] | "invalid" | "unclear";

/** Not the number of "15 minutes later" or of "3 times". */
const NO_AMOUNT = "(?![\\p{L}\\p{N}:]| ?(?:%|times\\b|(?:sec|min|hour|day|week|month|year)))";

/** "9am", "17:30", "noon", as the source of a regular expression without groups. */
export const CLOCK: string = `(?:\\d{1,2}(?:[:.]\\d{2})? ?(?:am|pm|a\\.m\\.|p\\.m\\.|o'clock)?${NO_AMOUNT}|(?:noon|midnight)\\b)`;

const CLOCKS = `${CLOCK}(?:(?:,? and (?:at )?|, ?(?:at )?)${CLOCK})*`;
const AT = new RegExp(`\\bat (?=\\d|noon|midnight)${CLOCKS}`, "iu");
const BARE = new RegExp(`(?<![\\p{L}\\p{N}])${CLOCKS}`, "iu");
const EACH_CLOCK = new RegExp(CLOCK, "giu");
const PARTS = /^(?:(\d{1,2})(?:[:.](\d{2}))? ?(am|pm|a\.m\.|p\.m\.|o'clock)?|(noon|midnight))$/i;

/** Takes "at 9am", "at 17:30", "at noon", "at 9:00 and 17:00". */
export function takeTimes(reading: Reading): Times | undefined {
  return readTimes(reading.take(AT)?.[0]);
}

/** Takes them from an answer, in which "at" may be left out. */
export function takeAnyTimes(answer: Reading): readonly TimeOfDay[] | undefined {
  const times = readTimes(answer.take(BARE)?.[0]);
  return typeof times === "object" ? times : undefined;
}

function readTimes(text: string | undefined): Times | undefined {
  if (text === undefined) return undefined;
  const said = text.match(EACH_CLOCK) ?? [];
  const times = said.map(readClock);
  if (times.includes(undefined)) return "invalid";
  const hasHalf = said.some((each) => HALF.test(each));
  const some = times.filter((each) => each !== undefined);
  return hasHalf && some.some(({ isExact }) => !isExact) ? "unclear" : some;
}

const HALF = /(?:am|pm|[ap]\.m\.)$/i;

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
export function withinPart(times: readonly TimeOfDay[], part: PartOfDay): Times {
  const moved = times.map((time) => moveIntoPart(time, part));
  return moved.includes(undefined) ? "invalid" : moved.filter((each) => each !== undefined);
}

/** "08:00, 12:00 and 17:30". */
export function formatTimes(times: readonly TimeOfDay[]): string {
  const said = times.map(formatTimeOfDay);
  return [said.slice(0, -1).join(", "), said.at(-1)].filter((part) => part !== "").join(" and ");
}

function moveIntoPart(time: TimeOfDay, part: PartOfDay): TimeOfDay | undefined {
  const hours = time.isExact ? [time.hour] : [time.hour, (time.hour + 12) % 24];
  const hour = hours.find((each) => HOURS[part].includes(each));
  return hour === undefined ? undefined : { ...time, hour, isExact: true };
}

/** `undefined`: the text is no time of day. */
export function readClock(text: string): TimeOfDay | undefined {
  const [, hours, minutes = "0", half, named] = PARTS.exec(text.trim()) ?? [];
  if (named !== undefined) return { hour: named.toLowerCase() === "noon" ? 12 : 0, minute: 0, isExact: true };
  if (hours === undefined) return undefined;
  const twelve = half !== undefined && /^[ap]/i.test(half);
  const [said, minute] = [Number(hours), Number(minutes)];
  if (minute > 59 || (twelve ? said < 1 || said > 12 : said > 23)) return undefined;
  if (!twelve) return { hour: said, minute, isExact: said > 12 || said === 0 };
  return { hour: (said % 12) + (/^p/i.test(half) ? 12 : 0), minute, isExact: true };
}
