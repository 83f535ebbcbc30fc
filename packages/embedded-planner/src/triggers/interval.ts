import { readNumber } from "../duration.ts";
import type { Reading } from "../reading.ts";

/** "every 15 minutes". */
export interface Interval {
  readonly amount: number;
  readonly unit: "second" | "minute" | "hour";
}

const EVERY = /\b(?:every|each|once an?|once per|once every) (?:(\d{1,4}|[a-z]+(?:-five)?) )?(second|minute|hour)s?\b/i;

/** Takes "every 15 minutes", "hourly", "every other hour". */
export function takeInterval(reading: Reading): Interval | undefined {
  if (reading.take(/\bhourly\b/i) !== undefined) return { amount: 1, unit: "hour" };
  const match = reading.take(EVERY);
  if (match === undefined) return undefined;
  const amount = match[1]?.toLowerCase() === "other" ? 2 : readNumber(match[1] ?? "one");
  const unit = (match[2] ?? "").toLowerCase() as Interval["unit"];
  if (amount === 0.5 && unit === "hour") return { amount: 30, unit: "minute" };
  return amount === undefined ? undefined : { amount, unit };
}

/** Takes it from an answer, in which "every" may be left out. */
export function takeAnyInterval(reading: Reading): Interval | undefined {
  const interval = takeInterval(reading);
  if (interval !== undefined) return interval;
  const match = reading.take(/\b(\d{1,4}) (minute|hour)s?\b/i);
  return match && { amount: Number(match[1]), unit: (match[2] ?? "").toLowerCase() as Interval["unit"] };
}

/**
 * Minute and hour fields of cron. A cron step restarts at each full hour or day, so only divisors of 60 and 24 repeat
 * evenly. `undefined` for every other interval.
 */
export function intervalFields({ amount, unit }: Interval): string | undefined {
  if (unit === "minute" && amount >= 1 && 60 % amount === 0) {
    return amount === 60 ? "0 *" : amount === 1 ? "* *" : `*/${amount} *`;
  }
  if (unit === "hour" && amount >= 1 && 24 % amount === 0) {
    return amount === 24 ? "0 0" : amount === 1 ? "0 *" : `0 */${amount}`;
  }
  return undefined;
}

/** The nearest even intervals below and above, as suggested answers. */
export function evenIntervals({ amount, unit }: Interval): readonly string[] {
  const minutes = unit === "second" ? amount / 60 : unit === "hour" ? amount * 60 : amount;
  const even = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440];
  const below = even.filter((each) => each < minutes).at(-1);
  const above = even.find((each) => each >= minutes);
  return [below, above].filter((each) => each !== undefined).map(formatMinutes);
}

/** "15 minutes", "hour". */
export function formatInterval({ amount, unit }: Interval): string {
  return amount === 1 ? unit : `${amount} ${unit}s`;
}

function formatMinutes(minutes: number): string {
  return `every ${formatInterval(minutes < 60 ? { amount: minutes, unit: "minute" } : { amount: minutes / 60, unit: "hour" })}`;
}
