/** Every figure that CloudWatch is asked for, by alarms and by graphs, as the state has them. */

import { blocksIn, isObject, type JsonObject, listOf, toText } from "../state/json.ts";
import type { Instance, Region } from "../state/region.ts";

export interface Figure {
  /** Who asks, for people. */
  readonly place: string;
  readonly namespace: string;
  readonly metric: string;
  /** `Sum`, `SampleCount`, `p99`. */
  readonly stat: string;
  readonly periodSeconds: number;
  readonly dimensions: JsonObject;
}

export function figuresOf(region: Region): readonly Figure[] {
  return [
    ...region.resources("aws_cloudwatch_metric_alarm").flatMap(figuresOfAlarm),
    ...region.resources("aws_cloudwatch_dashboard").flatMap(figuresOfDashboard),
  ];
}

/** An alarm has queries, or is itself one. */
export function figuresOfAlarm({ address, values }: Instance): readonly Figure[] {
  const queries = blocksIn(values, "metric_query").flatMap((query) => blocksIn(query, "metric"));
  const own = values["metric_name"] === undefined ? [] : [values];
  return [...queries, ...own].map((query) => ({
    place: address,
    namespace: toText(query["namespace"] ?? ""),
    metric: toText(query["metric_name"] ?? ""),
    stat: toText(query["stat"] ?? query["statistic"] ?? query["extended_statistic"] ?? ""),
    periodSeconds: Number(query["period"]),
    dimensions: isObject(query["dimensions"]) ? query["dimensions"] : {},
  }));
}

/** @throws Error when the dashboard's body is no jsonencode({…}) */
export function figuresOfDashboard({ address, values }: Instance): readonly Figure[] {
  const body = values["dashboard_body"];
  if (!isObject(body)) throw new Error(`${address}: dashboard_body is no object in JSON`);
  return listOf(body["widgets"])
    .map((widget) => (isObject(widget) ? widget["properties"] : undefined))
    .flatMap((properties) => (isObject(properties) ? figuresOfGraph(address, properties) : []));
}

/** A metric is a list: namespace, name, then each dimension's name and value. */
function figuresOfGraph(address: string, properties: JsonObject): readonly Figure[] {
  return listOf(properties["metrics"]).map((metric) => {
    const [namespace = "", name = "", ...dimensions] = listOf(metric);
    return {
      place: `${address}, ${toText(properties["title"] ?? "")}`,
      namespace: toText(namespace),
      metric: toText(name),
      stat: toText(properties["stat"] ?? ""),
      periodSeconds: Number(properties["period"]),
      dimensions: Object.fromEntries(
        dimensions.flatMap((each, index) => (index % 2 === 0 ? [[toText(each), dimensions[index + 1] ?? ""]] : [])),
      ),
    };
  });
}
