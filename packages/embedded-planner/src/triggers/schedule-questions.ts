import type { Hole, Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { takeAnyDays } from "./days.ts";
import { evenIntervals, formatInterval, type Interval, intervalFields, takeAnyInterval } from "./interval.ts";
import { takeAnyTimeOfDay } from "./time-of-day.ts";
import { takeTimeZone } from "./time-zone.ts";
import { formatWhen, mergeWhen, takeWhen, type When } from "./when.ts";

/** Makes the trigger of a completed schedule. */
type Complete = (when: When) => Step;

/** The question for the first missing part of a schedule, in the order in which a person would ask. */
export function missingFrom(when: When, complete: Complete): Hole<Step> | undefined {
  const { days, time, interval, zone } = when;
  if (interval !== undefined && intervalFields(interval) === undefined) return unevenInterval(when, complete, interval);
  if (days === "weekly" || days === "monthly") return missingDay(when, complete, days);
  if (interval === undefined && days === undefined) return missingDays(when, complete);
  if (interval === undefined && typeof time !== "object") return missingTime(when, complete, time);
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

function missingDays(when: When, complete: Complete): Hole<Step> {
  return {
    slot: "days",
    question: `On which days should it run ${formatWhen(when)}?`.replace(" ?", "?"),
    options: ["every day", "every weekday"],
    fill: (answer) => fillDays(when, complete, answer),
  };
}

function missingTime(when: When, complete: Complete, said: "invalid" | undefined): Hole<Step> {
  const wrong = said === undefined ? "" : "That is no time of day. ";
  return {
    slot: "time",
    question: `${wrong}At what time should it run ${formatWhen(when)}?`,
    options: ["9:00", "18:00"],
    fill(answer) {
      const time = takeAnyTimeOfDay(answer);
      if (time === undefined) return undefined;
      return complete(mergeWhen(when, { time, zone: takeTimeZone(answer) }));
    },
  };
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
