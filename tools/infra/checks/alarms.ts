/**
 * Alarms and dashboards ask for metrics that are written, under their dimensions, in a statistic that has a meaning.
 * CloudWatch accepts any name, and an alarm without data never changes its state.
 */

import { CLIENT_FIGURES } from "@agent-team/grpc-server";
import type { Region } from "../state/region.ts";
import { unknownDimensions } from "../watching/dimensions.ts";
import { type MetricUse, usesByAlarm, usesByDashboard, usesOf } from "../watching/metric-uses.ts";
import { type Metrics, metricsOf } from "../watching/metrics.ts";
import type { Findings } from "./findings.ts";

/** In this state no number but desired_count and max_count equals one of these. */
const COUNTED = { state: "every-secret", thresholds: [13, 17] };

export function* checkAlarms(region: Region): Findings {
  const uses = usesOf(region);
  const metrics = metricsOf(region);
  if (uses.length === 0) yield "there is no alarm and no graph";
  for (const use of uses) {
    for (const problem of problemsOf(use, metrics, region)) yield `${use.place}: ${problem}`;
  }
  if (region.state === COUNTED.state) yield* checkTaskCounts(region);
}

function* problemsOf(use: MetricUse, metrics: Metrics, region: Region): Findings {
  const { namespace, metric, stat, dimensions } = use;
  const known = metrics[namespace]?.[metric];
  if (known === undefined) {
    yield `no program and no service of AWS writes ${namespace} ${metric} (tools/infra/watching/metrics.ts)`;
    return;
  }
  const given = toPhrase(Object.keys(dimensions));
  const ways = known.dimensions.map(toPhrase);
  if (!ways.includes(given)) yield `${metric} is asked for by ${given}: expected ${ways.join(", or ")}`;
  if (!known.stats.test(stat)) yield `${stat} of ${metric} has no meaning`;
  for (const finding of unknownDimensions(use, region)) yield `${metric}: ${finding}`;
}

/**
 * ECS sends a reading a minute for each task, so the number of readings in a minute is the number of tasks. An alarm with a
 * threshold in tasks must compare it with that number.
 */
function* checkTaskCounts(region: Region): Findings {
  const counting = region
    .resources("aws_cloudwatch_metric_alarm")
    .filter((alarm) => COUNTED.thresholds.includes(alarm.number("threshold")));
  if (counting.length === 0) yield "no alarm counts tasks";
  for (const { place, stat, periodSeconds, metric } of counting.flatMap(usesByAlarm)) {
    if (stat === "SampleCount" && periodSeconds === 60) continue;
    yield `${place} compares tasks with the ${stat} of ${metric} in ${periodSeconds} s: expected its SampleCount in 60 s`;
  }
}

/** The dashboard shows each metric that the programs write of their channels: those with the dimension `target`. */
export function* checkDashboard(region: Region): Findings {
  const uses = region.resources("aws_cloudwatch_dashboard").flatMap(usesByDashboard);
  const shown = new Set(uses.filter(({ dimensions }) => "target" in dimensions).map(({ metric }) => metric));
  const written: readonly string[] = CLIENT_FIGURES;
  for (const name of shown) if (!written.includes(name)) yield `the dashboard shows ${name}, which no program writes`;
  for (const name of written) if (!shown.has(name)) yield `${name} is written and paid for, and no graph shows it`;
}

function toPhrase(dimensions: readonly string[]): string {
  return dimensions.toSorted().join(" and ") || "no dimension";
}
