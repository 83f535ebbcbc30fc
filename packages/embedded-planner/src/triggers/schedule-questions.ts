import type { Hole, Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { daysOfMonth, takeAnyDays } from "./days.ts";
import { evenIntervals, formatInterval, type Interval, intervalFields, takeAnyInterval } from "./interval.ts";
import { takeDated } from "./months.ts";
import { formatTimes, type TimeOfDay, type Times, takeAnyTimes } from "./time-of-day.ts";
import { takeTimeZone } from "./time-zone.ts";
import { formatWhen, mergeWhen, takeWhen, type When } from "./when.ts";

/** Makes the trigger of a completed schedule. */
type Complete = (when: When) => Step;

/** The question for the first missing part of a schedule, in the order in which a person would ask. */
export function missingFrom(when: When, complete: Complete): Hole<Step> | undefined {
  const { days, time, interval, zone } = when;
  if (interval !== undefined && intervalFields(interval) === undefined) return unevenInterval(when, complete, interval);
  if (days === "yearly") return missingDate(when, complete);
  if (days === "weekly" || days === "monthly") return missingDay(when, complete, days);
  if (interval === undefined && days === undefined) return missingDays(when, complete);
  if (interval === undefined && typeof time !== "object") return missingTime(when, complete, time);
  if (typeof time === "object" && time.some(({ minute }) => minute !== time[0]?.minute)) {
    return unevenTimes(when, complete, time);
  }
  return zone !== undefined && "unknown" in zone ? unknownZone(when, complete, zone.unknown) : undefined;
}

function unevenInterval(when: When, complete: Complete, interval: Interval): Hole<Step> {
  return {
    slot: "interval",
    question: `A schedule cannot repeat evenly every ${formatInterval(interval)}. How often should it run?`,
    options: evenIntervals(interval),
    fill(answer) {
      const said = takeAnyInterval(answer);
      return said === undefined ? undefined : complete({ ...when, interval: said });
    },
  };
}

function missingDay(when: When, complete: Complete, often: "weekly" | "monthly"): Hole<Step> {
  const weekly = often === "weekly";
  return {
    slot: "day",
    question: weekly ? "On which day of the week should it run?" : "On which day of the month should it run?",
    options: weekly ? ["every Monday", "every Friday"] : ["on the 1st", "on the 15th"],
    fill: (answer) => fillDays(when, complete, answer),
  };
}

function missingDate(when: When, complete: Complete): Hole<Step> {
  return {
    slot: "day",
    question: "On which day of the year should it run?",
    options: ["on January 1st", "on December 31st"],
    fill(answer) {
      const dated = takeDated(answer);
      const days = daysOfMonth([dated?.day ?? 0]);
      return dated === undefined || days === undefined ? undefined : complete(mergeWhen(when, { ...dated, days }));
    },
  };
}

function missingDays(when: When, complete: Complete): Hole<Step> {
  const onDates = when.months === undefined ? [] : ["on the 1st"];
  return {
    slot: "days",
    question: `On which days should it run ${formatWhen(when)}?`.replace(" ?", "?"),
    options: [...onDates, "every day", "every weekday"],
    fill: (answer) => fillDays(when, complete, answer),
  };
}

function missingTime(
  when: When,
  complete: Complete,
  said: Exclude<Times, readonly TimeOfDay[]> | undefined,
): Hole<Step> {
  return {
    slot: "time",
    question: `${WRONG_TIME[said ?? "missing"]}At what time should it run ${formatWhen(when)}?`,
    options: ["9:00", "18:00"],
    fill: (answer) => fillTimes(when, complete, answer),
  };
}

const WRONG_TIME = {
  missing: "",
  invalid: "That is no time of day. ",
  unclear: 'I am not sure which times are "am" and which are "pm". ',
};

/** Cron has one minute field for all hours. */
function unevenTimes(when: When, complete: Complete, times: readonly TimeOfDay[]): Hole<Step> {
  const minutes = [...new Set(times.map(({ minute }) => minute))].slice(0, 2);
  return {
    slot: "time",
    question: `One schedule has the same minute at every hour, so it cannot start at ${formatTimes(times)}. At which times should it run?`,
    options: minutes.map((minute) => formatTimes(times.map((time) => ({ ...time, minute })))),
    fill: (answer) => fillTimes(when, complete, answer),
  };
}

function fillTimes(when: When, complete: Complete, answer: Reading): Step | undefined {
  const time = takeAnyTimes(answer);
  return time === undefined ? undefined : complete(mergeWhen(when, { time, zone: takeTimeZone(answer) }));
}

function unknownZone(when: When, complete: Complete, words: string): Hole<Step> {
  return {
    slot: "time_zone",
    question: `Which time zone is "${words} time"? Name a large city or an IANA zone.`,
    options: ["UTC", "Europe/Berlin", "America/New_York"],
    fill(answer) {
      const zone = takeTimeZone(answer);
      return zone !== undefined && "zone" in zone ? complete({ ...when, zone }) : undefined;
    },
  };
}

function fillDays(when: When, complete: Complete, answer: Reading): Step | undefined {
  const said = takeWhen(answer);
  const days = typeof said?.days === "object" ? said.days : takeAnyDays(answer);
  return days === undefined ? undefined : complete(mergeWhen(when, { ...said, days }));
}
