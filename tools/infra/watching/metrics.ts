/**
 * The metrics that are written, by namespace, each with its dimensions and the statistics that have a meaning. For any other
 * name, dimension or namespace CloudWatch answers with no data and no error.
 */

import { CLIENT_FIGURES } from "@agent-team/grpc-server";
import { servicesOf } from "../network/tasks.ts";
import type { Region } from "../state/region.ts";

interface Metric {
  /** Each list is one way to ask for it, with all of these dimensions. */
  readonly dimensions: readonly (readonly string[])[];
  readonly stats: RegExp;
}

export type Metrics = Readonly<Record<string, Readonly<Record<string, Metric>>>>;

/** For readings: a sum of percentages has no meaning, and the number of readings only where each task sends one. */
const LEVEL = /^(?:Average|Minimum|Maximum|p\d+)$/;
const LEVEL_OF_TASKS = /^(?:Average|Minimum|Maximum|SampleCount|p\d+)$/;
/** For events. AWS: "The most useful statistic is Sum." */
const COUNT = /^Sum$/;

const SERVICE = [["ClusterName", "ServiceName"]];
const BALANCER = [["LoadBalancer"], ["LoadBalancer", "TargetGroup"]];
const BALANCER_ALONE = [["LoadBalancer"]];
const TARGETS = [["LoadBalancer", "TargetGroup"]];

const NODE = [["CacheClusterId"], ["CacheClusterId", "CacheNodeId"]];

const OF_CHANNELS: Metric = { dimensions: [["service", "target"]], stats: /^(?:Average|Minimum|Maximum|Sum)$/ };

/** From AWS's documentation of each service. A metric is added here before it is used. */
const OF_AWS: Metrics = {
  "AWS/ApplicationELB": {
    HTTPCode_ELB_5XX_Count: { dimensions: BALANCER_ALONE, stats: COUNT },
    HTTPCode_Target_5XX_Count: { dimensions: BALANCER, stats: COUNT },
    HealthyHostCount: { dimensions: TARGETS, stats: LEVEL },
    RequestCount: { dimensions: BALANCER, stats: COUNT },
    TargetResponseTime: { dimensions: BALANCER, stats: LEVEL },
    UnHealthyHostCount: { dimensions: TARGETS, stats: LEVEL },
  },
  "AWS/ECS": {
    CPUUtilization: { dimensions: SERVICE, stats: LEVEL_OF_TASKS },
    MemoryUtilization: { dimensions: SERVICE, stats: LEVEL_OF_TASKS },
  },
  "AWS/ElastiCache": {
    CurrConnections: { dimensions: NODE, stats: LEVEL },
    DatabaseMemoryUsagePercentage: { dimensions: NODE, stats: LEVEL },
    Evictions: { dimensions: NODE, stats: COUNT },
    ReplicationLag: { dimensions: NODE, stats: LEVEL },
  },
  "AWS/NATGateway": {
    ErrorPortAllocation: { dimensions: [["NatGatewayId"]], stats: COUNT },
  },
  "AWS/NetworkELB": {
    HealthyHostCount: { dimensions: TARGETS, stats: LEVEL },
    NewFlowCount: { dimensions: BALANCER_ALONE, stats: COUNT },
    TCP_Target_Reset_Count: { dimensions: BALANCER_ALONE, stats: COUNT },
    UnHealthyHostCount: { dimensions: TARGETS, stats: LEVEL },
  },
};

/** The metrics of AWS, and those that the region's log lines become. */
export function metricsOf(region: Region): Metrics {
  const metrics: Record<string, Record<string, Metric>> = { ...OF_AWS };
  const add = (namespace: string, name: string, metric: Metric): void => {
    metrics[namespace] = { ...metrics[namespace], [name]: metric };
  };
  const filters = region.resources("aws_cloudwatch_log_metric_filter");
  for (const each of filters.flatMap((filter) => filter.blocks("metric_transformation"))) {
    const dimensions = Object.keys(each.block("dimensions").values);
    add(each.text("namespace"), each.text("name"), { dimensions: [dimensions], stats: COUNT });
  }
  // Each task writes the metrics of its channels, a log line a minute.
  for (const { container } of servicesOf(region)) {
    const namespace = container.environment["CLIENT_METRICS_NAMESPACE"];
    if (namespace !== undefined) for (const name of CLIENT_FIGURES) add(namespace, name, OF_CHANNELS);
  }
  return metrics;
}
