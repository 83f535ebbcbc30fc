/**
 * The figures that are written, by namespace: under which dimensions CloudWatch keeps each, and which of its
 * statistics say something. Asked for under any other name, dimension or namespace, CloudWatch answers with no data and
 * no error, and the alarm never changes.
 */

import { CLIENT_FIGURES } from "@agent-team/grpc-server";
import { servicesOf } from "../network/tasks.ts";
import { blocksIn, isObject, toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";

interface Metric {
  /** Each list is one way to ask, and has to be given whole. */
  readonly dimensions: readonly (readonly string[])[];
  readonly stats: RegExp;
}

export type Metrics = Readonly<Record<string, Readonly<Record<string, Metric>>>>;

/** A reading: a sum of percentages has no meaning, and the number of readings only where each task sends one. */
const LEVEL = /^(?:Average|Minimum|Maximum|p\d+)$/;
const LEVEL_OF_TASKS = /^(?:Average|Minimum|Maximum|SampleCount|p\d+)$/;
/** Something that happened. AWS: "The most useful statistic is Sum." */
const COUNT = /^Sum$/;

const SERVICE = [["ClusterName", "ServiceName"]];
const BALANCER = [["LoadBalancer"], ["LoadBalancer", "TargetGroup"]];
const BALANCER_ALONE = [["LoadBalancer"]];
const TARGETS = [["LoadBalancer", "TargetGroup"]];
const NODE = [["CacheClusterId"], ["CacheClusterId", "CacheNodeId"]];

/** From AWS's documents of each service. What is asked for first is added here. */
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

/** Those of AWS, with what the region's own log lines come to. */
export function metricsOf(region: Region): Metrics {
  const own = [...fromFilters(region), ...fromPrograms(region)];
  const namespaces = Map.groupBy(own, ({ namespace }) => namespace);
  const entries = [...namespaces].map(([namespace, metrics]) => [
    namespace,
    Object.fromEntries(metrics.map(({ name, metric }) => [name, metric])),
  ]);
  return { ...OF_AWS, ...Object.fromEntries(entries) };
}

interface OwnMetric {
  readonly namespace: string;
  readonly name: string;
  readonly metric: Metric;
}

function fromFilters(region: Region): readonly OwnMetric[] {
  const filters = region.resources("aws_cloudwatch_log_metric_filter");
  return filters
    .flatMap(({ values }) => blocksIn(values, "metric_transformation"))
    .map(({ namespace, name, dimensions }) => ({
      namespace: toText(namespace ?? ""),
      name: toText(name ?? ""),
      metric: { dimensions: [isObject(dimensions) ? Object.keys(dimensions) : []], stats: COUNT },
    }));
}

/** What the tasks write of their channels, a line a minute each. */
function fromPrograms(region: Region): readonly OwnMetric[] {
  const told = servicesOf(region).map(({ container }) => container.environment["CLIENT_METRICS_NAMESPACE"]);
  const namespaces = new Set(told.filter((each) => each !== undefined).map(toText));
  return [...namespaces].flatMap((namespace) =>
    CLIENT_FIGURES.map((name) => ({
      namespace,
      name,
      metric: { dimensions: [["service", "target"]], stats: /^(?:Average|Minimum|Maximum|Sum)$/ },
    })),
  );
}
