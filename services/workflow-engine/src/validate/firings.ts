import type { Node, ValidationIssue } from "@agent-team/contracts";
import { scheduleOf } from "../nodes/cron.ts";
import { warning } from "./issue.ts";

/** Any moment: whether a schedule ever fires does not depend on it. */
const SOME_MOMENT_MS = 0;

const WHITE_SPACE = /\s+/;

/** Warnings for schedules that are valid, and not what their author meant. */
export function checkFirings(node: Node, path: string): readonly ValidationIssue[] {
  const schedule = scheduleOf(node);
  const expression = node.configuration?.["expression"];
  if (schedule === undefined || typeof expression !== "string") return [];
  const place = `${path}/configuration/expression`;
  if (schedule.nextAfter(SOME_MOMENT_MS) === undefined)
    return [warning("CRON_NEVER_FIRES", place, `"${expression}" never fires: no date fits it`)];
  if (!mixesDays(expression)) return [];
  const message = `"${expression}" fires on each of these days of the month, and on each of these days of the week too; the first Monday of a month is "0 9 * * 1#1"`;
  return [warning("CRON_DAY_OR_WEEKDAY", place, message)];
}

/** cron(8): with both fields restricted, either is enough. */
function mixesDays(expression: string): boolean {
  const [dayOfWeek = "*", , dayOfMonth = "*"] = expression.trim().split(WHITE_SPACE).toReversed();
  return [dayOfWeek, dayOfMonth].every((field) => field !== "*" && field !== "?");
}
