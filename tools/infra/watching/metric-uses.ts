/** Every metric that alarms and dashboards ask CloudWatch for. */

import type { Block, Instance } from "../state/block.ts";
import { type JsonObject, listOf, toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";

export interface MetricUse {
  /** The alarm, or the dashboard and the title of its graph. */
  readonly place: string;
  readonly namespace: string;
  readonly metric: string;
  /** `Sum`, `SampleCount`, `p99`. */
  readonly stat: string;
  readonly periodSeconds: number;
  readonly dimensions: JsonObject;
}

export function usesOf(region: Region): readonly MetricUse[] {
  return [
    ...region.resources("aws_cloudwatch_metric_alarm").flatMap(usesByAlarm),
    ...region.resources("aws_cloudwatch_dashboard").flatMap(usesByDashboard),
  ];
}

/** An alarm has queries, or names one metric itself. */
export function usesByAlarm(alarm: Instance): readonly MetricUse[] {
  const queries: readonly Block[] = alarm.blocks("metric_query", "metric");
  return (alarm.has("metric_name") ? [...queries, alarm] : queries).map((query) => ({
    place: alarm.address,
    namespace: query.text("namespace"),
    metric: query.text("metric_name"),
    stat: query.text("stat") || query.text("statistic") || query.text("extended_statistic"),
    periodSeconds: query.number("period"),
    dimensions: query.block("dimensions").values,
  }));
}

/** A metric of a graph is a list: namespace, name, then each dimension's name and value. */
export function usesByDashboard(dashboard: Instance): readonly MetricUse[] {
  return dashboard.blocks("dashboard_body", "widgets", "properties").flatMap((graph) =>
    listOf(graph.values["metrics"]).map((metric) => {
      const [namespace = "", name = "", ...dimensions] = listOf(metric).map(toText);
      const pairs = dimensions.flatMap((each, index) => (index % 2 === 0 ? [[each, dimensions[index + 1] ?? ""]] : []));
      return {
        place: `${dashboard.address}, ${graph.text("title")}`,
        namespace,
        metric: name,
        stat: graph.text("stat"),
        periodSeconds: graph.number("period"),
        dimensions: Object.fromEntries(pairs) as JsonObject,
      };
    }),
  );
}
