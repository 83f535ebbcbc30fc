import type { Reading } from "../reading.ts";

/** The months of a schedule: cron's month field, and words for them. */
export interface Months {
  readonly field: string;
  readonly words: string;
}

/** The day that goes with months, if the same words name it: "every december 24". */
export interface DayInMonths {
  readonly months: Months;
  readonly day?: number | undefined;
}

// biome-ignore format: a table
const NAMES = [
  "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
];
const NAME: string = `(?:${NAMES.join("|")}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?![\\p{L}\\p{N}])\\.?`;

/** One month, as the source of a regular expression without groups. */
export const MONTH: string = NAME;

const MONTHS = `${NAME}(?:(?:,? and |, ?)(?:in )?${NAME})*`;
const DATE = "(\\d{1,2})(?:st|nd|rd|th)?";
const EACH = "(?:every|each)";
const YEARLY = /\b(?:(?:every|each) year|yearly|annually|once (?:a|per) year)\b/i;
const QUARTERLY =
  /\b(?:quarterly|(?:(?:of|in) )?(?:every|each|the|a|per|once (?:a|per|every)) quarter(?! of an hour))\b/i;
const IN_MONTHS = new RegExp(`\\b(?:in|during|of|${EACH}) (${MONTHS})`, "iu");
const SPAN = new RegExp(`\\b(?:(?:in|from) (${NAME}) (?:to|through|until|till)|between (${NAME}) and) (${NAME})`, "iu");
const DAY_OF_MONTHS = new RegExp(
  `\\b(?:${EACH}|on) (?:the )?(?:${DATE} (?:of )?(${MONTHS})|(${NAME}) ${DATE})(?![\\p{L}\\p{N}:.])`,
  "iu",
);
const EVERY_DATE = new RegExp(`\\b${EACH} (?:${DATE} of|${NAME} \\d)`, "iu");

/**
 * Takes "in december", "from june to august", "every quarter", "every year on December 24". A day of one month that nothing
 * repeats may mean the next one only, and is not taken. `yearly`: the month is still missing.
 */
export function takeMonths(reading: Reading): DayInMonths | "yearly" | undefined {
  const isYearly = reading.take(YEARLY) !== undefined;
  if (isYearly || EVERY_DATE.test(reading.rest())) {
    const dated = takeDated(reading);
    if (dated !== undefined) return dated;
  }
  const months = takeQuarters(reading) ?? takeSpan(reading) ?? readMonths(reading.take(IN_MONTHS)?.[1]);
  if (months !== undefined) return { months };
  return isYearly ? "yearly" : undefined;
}

/** Takes "December 24" or "the 1st of May" from an answer. */
export function takeDated(reading: Reading): DayInMonths | undefined {
  const match = reading.take(DAY_OF_MONTHS);
  if (match === undefined) return undefined;
  const months = readMonths(match[2] ?? match[3]);
  const day = Number(match[1] ?? match[4]);
  return months === undefined || day < 1 || day > 31 ? undefined : { months, day };
}

/** The last months of the quarters, for their last days. */
export const QUARTER_ENDS: Months = monthsOf([3, 6, 9, 12]);

/** Whether the months are the first ones of the quarters. */
export function areQuarters({ field }: Months): boolean {
  return field === "1,4,7,10";
}

function takeQuarters(reading: Reading): Months | undefined {
  if (reading.take(QUARTERLY) === undefined) return undefined;
  return { field: "1,4,7,10", words: "January, April, July and October" };
}

function takeSpan(reading: Reading): Months | undefined {
  const match = reading.take(SPAN);
  const [from, to] = [numberOf(match?.[1] ?? match?.[2] ?? ""), numberOf(match?.[3] ?? "")];
  if (from === 0 || to === 0) return undefined;
  const length = ((to - from + 12) % 12) + 1;
  return monthsOf(Array.from({ length }, (_, index) => ((from - 1 + index) % 12) + 1));
}

function readMonths(said: string | undefined): Months | undefined {
  const numbers = (said?.match(new RegExp(NAME, "giu")) ?? []).map(numberOf).filter((number) => number > 0);
  return numbers.length === 0 ? undefined : monthsOf(numbers);
}

function monthsOf(numbers: readonly number[]): Months {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const names = sorted
    .map((number) => NAMES[number - 1] ?? "")
    .map((name) => name.charAt(0).toUpperCase() + name.slice(1));
  return {
    field: sorted.join(","),
    words: [names.slice(0, -1).join(", "), names.at(-1)].filter(Boolean).join(" and "),
  };
}

/** 1 to 12; 0 for any other word. */
function numberOf(said: string): number {
  const start = said.toLowerCase().slice(0, 3);
  return start === "" ? 0 : NAMES.findIndex((name) => name.startsWith(start)) + 1;
}
