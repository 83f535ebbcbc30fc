/**
 * What CloudWatch looks for in the logs is what the programs write there: the lines are made by their own logger, one of
 * each level, and a filter that is named after a level has to take that one and no other.
 */

import { systemClock } from "@agent-team/foundation/clock";
import { createLogger, LOG_LEVELS } from "@agent-team/grpc-server";
import { servicesOf } from "../network/tasks.ts";
import { isObject, toText } from "../state/json.ts";
import type { Instance, Region } from "../state/region.ts";
import { type Line, matchesPattern } from "../watching/filter-pattern.ts";

export function checkLogFilters(region: Region): readonly string[] {
  const lines = linesByLevel();
  const groups = groupsOf(region);
  return region.resources("aws_cloudwatch_log_metric_filter").flatMap((filter) => {
    const group = toText(filter.values["log_group_name"] ?? "");
    return [
      ...(groups.has(group) ? [] : [`${filter.address} looks into ${group}, and no task writes there`]),
      ...mistaken(filter, lines),
    ];
  });
}

function mistaken({ address, values }: Instance, lines: ReadonlyMap<string, Line>): readonly string[] {
  const [pattern, name] = [values["pattern"], values["name"]].map((each) => toText(each ?? ""));
  const taken = [...lines].filter(([, line]) => matchesPattern(pattern ?? "", line)).map(([level]) => level);
  const [sample] = lines.values();
  if (taken.length === 0) return [`${address}: ${pattern} takes none of our lines: ${JSON.stringify(sample)}`];
  const isNamedAfterLevel = lines.has(name ?? "");
  return !isNamedAfterLevel || (taken.length === 1 && taken[0] === name)
    ? []
    : [`${address} is called ${name}, and takes lines of ${taken.join(", ")}`];
}

/** A line of each level as a task writes it, the worst one first. */
function linesByLevel(): ReadonlyMap<string, Line> {
  const written: string[] = [];
  const logger = createLogger({ DEBUG: false, LOG_LEVEL: "trace" }, "workflow-agent", {
    clock: systemClock,
    destination: { write: (line) => written.push(line) },
    env: {},
  });
  for (const level of LOG_LEVELS) logger[level]({}, "what happened");
  return new Map(LOG_LEVELS.map((level, index) => [level, JSON.parse(written[index] ?? "{}") as Line]));
}

/** The groups that the tasks write to. */
function groupsOf(region: Region): ReadonlySet<string> {
  return new Set(
    servicesOf(region).map(({ container }) => {
      const logging = container.values["logConfiguration"];
      const options = isObject(logging) ? logging["options"] : undefined;
      return isObject(options) ? toText(options["awslogs-group"] ?? "") : "";
    }),
  );
}
