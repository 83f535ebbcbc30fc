import { NodeType } from "@agent-team/contracts";
import { Cron } from "croner";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";

const EXPECTED_FIELDS = "expected five fields: minute, hour, day of month, month, day of week";
const WHITE_SPACE = /\s+/;
const CRONER_PREFIX = /^CronPattern: /;

const schedule = z
  .string()
  .describe('Five fields: minute, hour, day of month, month, day of week. "0 9 * * 1-5" is weekdays at 9:00.')
  .superRefine((text, context) => {
    const message = cronErrorOf(text);
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

export const cron: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "CRON",
  description: "Starts a run on a schedule. Its output is the input of the run.",
  limitation: "A schedule does not start runs yet: start a run of this workflow with StartRun.",
  configuration: z.strictObject({ expression: schedule, timezone: timezone.optional() }),
  outputKeys: [DEFAULT_OUTPUT],
  // StartRun runs the workflow too, to try it out.
  run: ({ input }) => ({ outputKey: DEFAULT_OUTPUT, output: input }),
};

function cronErrorOf(text: string): string | undefined {
  // croner reads more forms (seconds, years, "@daily"); other tools read only this one.
  if (text.trim().split(WHITE_SPACE).length !== 5) return EXPECTED_FIELDS;
  try {
    new Cron(text, { paused: true, mode: "5-part" }).stop();
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(CRONER_PREFIX, "");
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false; // Intl throws a RangeError for any other name
  }
}
