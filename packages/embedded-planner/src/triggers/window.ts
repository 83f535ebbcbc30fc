import type { Reading } from "../reading.ts";
import type { Interval } from "./interval.ts";
import { CLOCK, formatTimeOfDay, readClock, type TimeOfDay } from "./time-of-day.ts";

/** The hours of the day in which an interval repeats: "between 8 and 18". Whole hours, `from` before `to`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

const WINDOW = new RegExp(`\\b(?:only )?(?:between|from) (${CLOCK}) (?:and|to|until|till) (${CLOCK})`, "iu");

/** Takes "between 8 and 18", "from 8am to 6pm". Other windows (over midnight, 9 to 5) are not taken. */
export function takeWindow(reading: Reading): Window | undefined {
  const match = WINDOW.exec(reading.rest());
  const [from, to] = [readClock(match?.[1] ?? ""), readClock(match?.[2] ?? "")];
  if (from === undefined || to === undefined || !isWhole(from, to) || !isClear(from, to, match?.[2] ?? ""))
    return undefined;
  reading.take(WINDOW);
  return { from: from.hour, to: to.hour };
}

function isWhole(from: TimeOfDay, to: TimeOfDay): boolean {
  return from.minute === 0 && to.minute === 0 && from.hour < to.hour;
}

/** "From 2 to 6pm" may begin at 14:00; "from 8 to 6pm" may not begin at 20:00. */
function isClear(from: TimeOfDay, to: TimeOfDay, saidTo: string): boolean {
  return from.isExact || from.hour + 12 >= to.hour || !/p\.?m/i.test(saidTo);
}

/** Cron's minute and hour fields of an interval of whole minutes or hours within the window, and its first and last start. */
export function windowFields({ amount, unit }: Interval, { from, to }: Window): { fields: string; words: string } {
  const inMinutes = unit === "minute" && amount < 60;
  const hours = unit === "hour" ? amount : 1;
  const lastHour = inMinutes ? to - 1 : from + Math.floor((to - from) / hours) * hours;
  const minutes = inMinutes ? (amount === 1 ? "*" : `*/${amount}`) : "0";
  const last: TimeOfDay = { hour: lastHour, minute: inMinutes ? 60 - amount : 0, isExact: true };
  const first: TimeOfDay = { hour: from, minute: 0, isExact: true };
  return {
    fields: `${minutes} ${from}-${lastHour}${hours === 1 ? "" : `/${hours}`}`,
    words: `from ${formatTimeOfDay(first)} to ${formatTimeOfDay(last)}`,
  };
}
