import { type Node, NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { CronSchedule } from "../cron-schedule.ts";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";

const schedule = z
  .string()
  .describe(
    'Five fields: minute, hour, day of month, month, day of week. "0 9 * * 1-5" is weekdays at 9:00. With six fields the first is the second.',
  )
  .superRefine((text, context) => {
    const message = CronSchedule.problemOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message, params: { code: "BAD_CRON" } });
  });

const timezone = z
  .string()
  .describe('IANA time zone of the schedule, for instance "Europe/Berlin". Default UTC.')
  .superRefine((name, context) => {
    if (isTimeZone(name)) return;
    const message = `expected an IANA time zone such as "Europe/Berlin", got "${name}"`;
    context.addIssue({ code: "custom", message, params: { code: "BAD_TIME_ZONE" } });
  });

const configuration = z.strictObject({ expression: schedule, timezone: timezone.optional() });

export const cron: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "CRON",
  description:
    "Starts a run on a schedule while its workflow is active. Its output is { scheduled_time, fire_time, missed }; of a run that StartRun starts, the input of the run.",
  configuration,
  outputKeys: [DEFAULT_OUTPUT],
  // StartRun runs the workflow too, to try it out.
  run: ({ input }) => ({ outputKey: DEFAULT_OUTPUT, output: input }),
};

/** The schedule of a CRON node; `undefined` for any other node, and for one that is not valid. */
export function scheduleOf({ type, subtype, configuration: given }: Node): CronSchedule | undefined {
  if (type !== cron.type || subtype !== cron.subtype) return undefined;
  const { data } = configuration.safeParse(given ?? {});
  return data && new CronSchedule(data.expression, data.timezone);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false; // Intl throws a RangeError for any other name
  }
}
