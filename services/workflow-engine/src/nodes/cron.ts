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

const configuration = z.strictObject({
  expression: schedule,
  timezone: timezone.optional(),
  overlap: z
    .enum(["skip", "queue", "allow"])
    .optional()
    .describe(
      'What a firing does while the run of the one before works: "skip" (default) starts none, "queue" starts it afterwards (several become one), "allow" starts it. A run that only waits, for a person or a timer, holds no firing back.',
    ),
  catch_up: z
    .enum(["last", "none"])
    .optional()
    .describe(
      'What becomes of firings that were missed because no engine ran: "last" (default) starts one run for the last of them, "none" starts none that is more than a minute late.',
    ),
});

/** What a schedule does besides firing on time. */
export interface FiringPolicy {
  readonly overlap: "skip" | "queue" | "allow";
  readonly catchUp: "last" | "none";
}

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
export function scheduleOf(node: Node): CronSchedule | undefined {
  const data = configurationOf(node);
  return data && new CronSchedule(data.expression, data.timezone);
}

/** The policy of the same nodes. */
export function firingPolicyOf(node: Node): FiringPolicy | undefined {
  const data = configurationOf(node);
  return data && { overlap: data.overlap ?? "skip", catchUp: data.catch_up ?? "last" };
}

function configurationOf({ type, subtype, configuration: given }: Node): z.output<typeof configuration> | undefined {
  return type === cron.type && subtype === cron.subtype ? configuration.safeParse(given ?? {}).data : undefined;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false; // Intl throws a RangeError for any other name
  }
}
