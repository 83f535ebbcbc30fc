import { NodeType } from "@agent-team/contracts";
import { Cron } from "croner";
import { z } from "zod";
import { defaultOutput } from "../graph.ts";
import type { NodeKind } from "./node-kind.ts";

const schedule = z
  .string()
  .describe('Five fields: minute, hour, day of month, month, day of week. "0 9 * * 1-5" is weekdays at 9:00.')
  .superRefine((text, context) => {
    const message = cronErrorOf(text);
    if (message !== undefined) context.addIssue({ code: "custom", message, params: { code: "BAD_CRON" } });
  });

const timezone = z
  .string()
  .describe('IANA time zone in which the schedule is meant, for instance "Europe/Berlin". Default UTC.')
  .superRefine((name, context) => {
    if (isTimeZone(name)) return;
    const message = `${name} is no IANA time zone; one is "Europe/Berlin"`;
    context.addIssue({ code: "custom", message, params: { code: "BAD_TIME_ZONE" } });
  });

export const cron: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "CRON",
  description: "Starts a run by a schedule. Its output is the input that the run was started with.",
  limitation: "A schedule does not fire by itself yet: runs of this workflow are started by hand (StartRun).",
  configuration: z.strictObject({ expression: schedule, timezone: timezone.optional() }),
  outputKeys: [defaultOutput],
  // Also when the run was started by hand, which is how a schedule is tried out.
  run: ({ input }) => ({ outputKey: defaultOutput, output: input }),
};

function cronErrorOf(text: string): string | undefined {
  // croner knows more forms (seconds, years, "@daily"); a workflow has one, so that other tools can read it.
  if (text.trim().split(/\s+/).length !== 5)
    return "expected five fields: minute, hour, day of month, month, day of week";
  try {
    new Cron(text, { paused: true, mode: "5-part" }).stop();
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: /, "");
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false; // a RangeError is how Intl says no
  }
}
