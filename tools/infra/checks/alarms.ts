/**
 * Alarms and graphs ask for figures that are written, of what exists, in a statistic that has a meaning. CloudWatch
 * accepts any name, and an alarm without data never changes.
 */

import type { Region } from "../state/region.ts";
import { strangersIn } from "../watching/dimensions.ts";
import { type Figure, figuresOf, figuresOfAlarm } from "../watching/figures.ts";
import { metricsOf } from "../watching/metrics.ts";

/** Thresholds of the state in which no other number is either of these: desired_count and max_count. */
const COUNTED = { state: "every-secret", thresholds: [13, 17] };

export function checkAlarms(region: Region): readonly string[] {
  const figures = figuresOf(region);
  return [
    ...(figures.length === 0 ? ["there is no alarm and no graph"] : []),
    ...new Set(figures.flatMap((figure) => wrongIn(figure, region).map((finding) => `${figure.place}: ${finding}`))),
    ...(region.state === COUNTED.state ? miscounted(region) : []),
  ];
}

function wrongIn(figure: Figure, region: Region): readonly string[] {
  const { namespace, metric, stat, dimensions } = figure;
  const known = metricsOf(region)[namespace]?.[metric];
  if (known === undefined)
    return [`no program and no service of AWS writes ${namespace} ${metric} (tools/infra/watching/metrics.ts)`];
  const given = Object.keys(dimensions).toSorted().join(" and ") || "no dimension";
  const ways = known.dimensions.map((names) => names.toSorted().join(" and ") || "no dimension");
  return [
    ...(ways.includes(given) ? [] : [`${metric} is asked for by ${given}: expected ${ways.join(", or ")}`]),
    ...(known.stats.test(stat) ? [] : [`${stat} of ${metric} has no meaning`]),
    ...strangersIn(figure, region).map((finding) => `${metric}: ${finding}`),
  ];
}

/**
 * ECS sends a reading a minute for each task, so the number of readings in a minute is the number of tasks. An alarm whose
 * threshold follows the number of tasks has to compare it with that.
 */
function miscounted(region: Region): readonly string[] {
  const counting = region
    .resources("aws_cloudwatch_metric_alarm")
    .filter(({ values }) => COUNTED.thresholds.includes(Number(values["threshold"])));
  return [
    ...(counting.length === 0 ? ["no alarm counts tasks"] : []),
    ...counting
      .flatMap(figuresOfAlarm)
      .filter(({ stat, periodSeconds }) => stat !== "SampleCount" || periodSeconds !== 60)
      .map(
        ({ place, stat, periodSeconds, metric }) =>
          `${place} compares tasks with the ${stat} of ${metric} in ${periodSeconds} s: expected its SampleCount in 60 s`,
      ),
  ];
}
