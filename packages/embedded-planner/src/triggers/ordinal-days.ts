import type { Reading } from "../reading.ts";
import type { Days } from "./days.ts";

const NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const ORDINAL = "(first|1st|second|2nd|third|3rd|fourth|4th|last)";
const OF_MONTH = "( (?:of|in) (?:(?:every|each|the|a) )?months?)?";
const DAY = new RegExp(
  `\\b(?:(on|every|each) )?(?:(?:the|every|each) )?${ORDINAL} (${NAMES.join("|")}|day|weekday|working day|workday|business day)${OF_MONTH}(?![\\p{L}\\p{N}])`,
  "iu",
);

const NUMBERS: Readonly<Record<string, number>> = { fi: 1, "1s": 1, se: 2, "2n": 2, th: 3, "3r": 3, fo: 4, "4t": 4 };

/**
 * Takes "the first Monday of each month", "the last day of the month", "the last working day of every month". `inMonths`: other words of
 * the schedule name the months or quarters. Without a month "every second Monday" means every other one, and is not taken.
 */
export function takeOrdinalDay(reading: Reading, inMonths: boolean): Days | undefined {
  const match = DAY.exec(reading.rest());
  if (match === null) return undefined;
  const [, lead = "", said = "", day = "", ofMonth] = match;
  const number = NUMBERS[said.toLowerCase().slice(0, 2)];
  const isOnce = ofMonth === undefined && !inMonths && (/^on$|^$/i.test(lead) || (number ?? 1) > 1);
  const days = isOnce ? undefined : ordinalDay(day.toLowerCase(), number);
  if (days !== undefined) reading.take(DAY);
  return days;
}

/** `number`: absent for the last one. */
function ordinalDay(day: string, number: number | undefined): Days | undefined {
  const name = ORDINAL_WORDS[number ?? 0] ?? "";
  const weekday = NAMES.indexOf(day);
  if (weekday >= 0) {
    const words = `${name} ${day.charAt(0).toUpperCase()}${day.slice(1)}`;
    return { ofMonth: "*", ofWeek: `${weekday}#${number ?? "L"}`, ...inWords(words) };
  }
  if (day === "day") return { ofMonth: String(number ?? "L"), ofWeek: "*", ...inWords(`${name} day`) };
  // "1W" of cron is the weekday nearest to the 1st in the same month.
  if (number !== undefined && number > 1) return undefined;
  return { ofMonth: number === 1 ? "1W" : "LW", ofWeek: "*", ...inWords(`${name} working day`) };
}

const ORDINAL_WORDS = ["last", "first", "second", "third", "fourth"];

function inWords(words: string): Pick<Days, "words" | "inMonths"> {
  return { words: `month on the ${words}`, inMonths: `on the ${words}` };
}
