import { NodeType } from "@agent-team/contracts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { describeFiring, firingFields, missingOverlap } from "./firing.ts";
import { intervalFields } from "./interval.ts";
import { missingFrom } from "./schedule-questions.ts";
import { takeAnyTimes } from "./time-of-day.ts";
import { takeTimeZone } from "./time-zone.ts";
import { formatWhen, mergeWhen, takeWhen, type When } from "./when.ts";
import { windowFields } from "./window.ts";

/** The CRON trigger, with a hole if a part of the schedule is missing. */
export function schedule(when: When): Step {
  const words = formatWhen(when);
  return {
    type: NodeType.TRIGGER,
    subtype: "CRON",
    name: words.charAt(0).toUpperCase() + words.slice(1),
    sentence: () => `Start ${words}, ${formatZone(when)}${describeFiring(when.firing)}`,
    retime: (said, isClear) => retime(when, said, isClear),
    yields: "nothing",
    reads: false,
    hole: missingFrom(when, schedule) ?? missingOverlap(when.firing ?? {}, (firing) => schedule({ ...when, firing })),
    configuration: () => ({
      configuration: {
        expression: cron(when),
        ...(when.zone !== undefined && "zone" in when.zone ? { timezone: when.zone.zone } : {}),
        ...firingFields(when.firing),
      },
    }),
  };
}

/** The schedule with the said parts in the place of its own. A new interval replaces all but the zone. */
function retime(when: When, said: Reading, isClear: boolean): Step | undefined {
  const wanted = takeWhen(said);
  if (wanted === undefined) {
    const time = isClear || when.time !== undefined ? takeAnyTimes(said) : undefined;
    const zone = takeTimeZone(said);
    if (time === undefined && zone === undefined) return undefined;
    return schedule(mergeWhen({ ...when, interval: time === undefined ? when.interval : undefined }, { time, zone }));
  }
  const zone = wanted.zone ?? when.zone;
  const { firing } = when;
  if (wanted.interval !== undefined) return schedule({ ...wanted, zone, firing });
  // "10am on mondays"
  const clear = wanted.time === undefined && isClear ? takeAnyTimes(said) : undefined;
  const { days = when.days, time = clear ?? when.time } = wanted;
  const months = wanted.months ?? (wanted.days === undefined ? when.months : undefined);
  return schedule(mergeWhen({ zone, firing }, { days, months, time }));
}

/** Five fields: minute, hour, day of month, month, day of week. */
function cron({ days, months, time, interval, window }: When): string {
  const { ofMonth, ofWeek } = typeof days === "object" ? days : { ofMonth: "*", ofWeek: "*" };
  const repeated = interval === undefined ? undefined : intervalFields(interval);
  const within = interval === undefined || window === undefined ? undefined : windowFields(interval, window).fields;
  return `${within ?? repeated ?? timeFields(time)} ${ofMonth} ${months?.field ?? "*"} ${ofWeek}`;
}

/** All times have the same minute: `missingFrom` asks about others. */
function timeFields(time: When["time"]): string {
  const times = typeof time === "object" ? time : [];
  const hours = [...new Set(times.map(({ hour }) => hour))].sort((a, b) => a - b);
  return `${times[0]?.minute ?? 0} ${hours.length === 0 ? 0 : hours.join(",")}`;
}

function formatZone({ zone }: When): string {
  return zone !== undefined && "zone" in zone ? `${zone.zone} time` : "UTC, as you named no time zone";
}
