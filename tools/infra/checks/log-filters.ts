/** Log metric filters match lines that the programs' own logger writes, and a filter named after a level matches that level only. */

import { systemClock } from "@agent-team/foundation/clock";
import { createLogger, LOG_LEVELS } from "@agent-team/grpc-server";
import { servicesOf } from "../network/tasks.ts";
import type { Region } from "../state/region.ts";
import { type Line, matchesPattern } from "../watching/filter-pattern.ts";
import type { Findings } from "./findings.ts";

export function* checkLogFilters(region: Region): Findings {
  const lines = linesByLevel();
  const groups = servicesOf(region).map(({ container }) =>
    container.block.block("logConfiguration", "options").text("awslogs-group"),
  );
  for (const filter of region.resources("aws_cloudwatch_log_metric_filter")) {
    const { address } = filter;
    const [group = "", pattern = "", name = ""] = ["log_group_name", "pattern", "name"].map((each) =>
      filter.text(each),
    );
    const matched = [...lines].filter(([, line]) => matchesPattern(pattern, line)).map(([level]) => level);
    if (!groups.includes(group)) yield `${address} reads ${group}, and no task writes there`;
    if (matched.length === 0)
      yield `${address}: ${pattern} matches none of our lines: ${JSON.stringify([...lines.values()][0])}`;
    else if (lines.has(name) && matched.join() !== name)
      yield `${address} is called ${name}, and matches lines of ${matched.join(", ")}`;
  }
}

/** A line of each level, written by the logger of a task. */
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
