import { ecsNames } from "../aws-names.ts";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import { readUsage, type TaskUsage } from "./task-usage.ts";
import { formatInstant, parseInstant } from "./wire/instant.ts";
import type { JsonService } from "./wire/json.ts";
import type { JsonInput } from "./wire/json-input.ts";
import type { QueryService } from "./wire/query.ts";
import type { QueryInput } from "./wire/query-input.ts";

/**
 * CloudWatch: the current CPU and memory utilization of ECS services. Nothing is recorded, so the response has at most one
 * datapoint, for the current period. Any other metric has none, like an unpublished metric on AWS. Clients use either of the
 * two protocols.
 */
export const cloudwatchJson: JsonService = {
  targetPrefix: "GraniteServiceVersion20100801",
  refusal: "InvalidParameterValue",
  actions: {
    GetMetricStatistics: (input, cloud) => {
      const { label, datapoints } = statistics(readJson(input), cloud);
      const Datapoints = datapoints.map(({ atMs, values }) => ({
        Timestamp: atMs / 1_000,
        ...values,
        Unit: "Percent",
      }));
      return { Label: label, Datapoints };
    },
  },
};

export const cloudwatchQuery: QueryService = {
  version: "2010-08-01",
  xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  dialect: "query",
  actions: {
    GetMetricStatistics: (input, cloud) => {
      const { label, datapoints } = statistics(readQuery(input), cloud);
      const member = datapoints.map(({ atMs, values }) => ({
        Timestamp: formatInstant(atMs),
        ...values,
        Unit: "Percent",
      }));
      return { Label: label, Datapoints: { member } };
    },
  },
};

const STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;
type Statistic = (typeof STATISTICS)[number];
const METRICS = ["CPUUtilization", "MemoryUtilization"] as const satisfies readonly (keyof TaskUsage)[];

interface MetricQuestion {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: ReadonlyMap<string, string>;
  readonly startMs: number;
  readonly endMs: number;
  readonly periodSeconds: number;
  readonly statistics: readonly string[];
}

interface MetricAnswer {
  readonly label: string;
  readonly datapoints: readonly { readonly atMs: number; readonly values: Partial<Record<Statistic, number>> }[];
}

function statistics(question: MetricQuestion, cloud: CloudView): MetricAnswer {
  check(question);
  const { metric: label, startMs, endMs, periodSeconds } = question;
  const nowMs = cloud.clock.wallNow();
  const atMs = Math.floor(nowMs / (periodSeconds * 1_000)) * periodSeconds * 1_000;
  const isNow = startMs <= nowMs && atMs < endMs;
  const samples = isNow ? samplesOf(question, cloud, nowMs) : [];
  if (samples.length === 0) return { label, datapoints: [] };
  const sum = samples.reduce((total, each) => total + each, 0);
  const all: Readonly<Record<Statistic, number>> = {
    SampleCount: samples.length,
    Average: sum / samples.length,
    Sum: sum,
    Minimum: Math.min(...samples),
    Maximum: Math.max(...samples),
  };
  const asked = STATISTICS.filter((name) => question.statistics.includes(name));
  return { label, datapoints: [{ atMs, values: Object.fromEntries(asked.map((name) => [name, all[name]])) }] };
}

/** A value for each running task of the service, or of all services of the cluster. */
function samplesOf(
  { namespace, metric, dimensions }: MetricQuestion,
  cloud: CloudView,
  nowMs: number,
): readonly number[] {
  const known = METRICS.find((name) => name === metric);
  const isOfCluster = dimensions.get("ClusterName") === cloud.name;
  const others = [...dimensions.keys()].filter((name) => name !== "ClusterName" && name !== "ServiceName");
  if (namespace !== "AWS/ECS" || known === undefined || !isOfCluster || others.length > 0) return [];
  const service = dimensions.get("ServiceName");
  return cloud.scheduler
    .services()
    .filter(({ name }) => service === undefined || service === ecsNames.service(name))
    .flatMap((each) => each.tasks().map((task) => task.describe()))
    .filter(({ state }) => state === "running")
    .flatMap((task) => readUsage(task, nowMs)?.[known] ?? []);
}

function check({ startMs, endMs, periodSeconds, statistics: asked }: MetricQuestion): void {
  if (!(startMs < endMs)) throw invalid("The parameter StartTime must be less than the parameter EndTime.");
  const isPeriod = [1, 5, 10, 20, 30].includes(periodSeconds) || (periodSeconds >= 60 && periodSeconds % 60 === 0);
  if (!isPeriod) throw invalid("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
  if (asked.length === 0) {
    const message = "At least one of the parameters Statistics and ExtendedStatistics must be specified.";
    throw new ApiError("InvalidParameterCombination", message);
  }
}

function invalid(message: string): ApiError {
  return new ApiError("InvalidParameterValue", message);
}

function readJson(input: JsonInput): MetricQuestion {
  const pairs = input
    .structures("Dimensions")
    .map((each) => [each.requiredText("Name"), each.requiredText("Value")] as const);
  return {
    namespace: input.requiredText("Namespace"),
    metric: input.requiredText("MetricName"),
    dimensions: new Map(pairs),
    startMs: input.instant("StartTime"),
    endMs: input.instant("EndTime"),
    periodSeconds: input.integer("Period", 1, Number.MAX_SAFE_INTEGER) ?? 0,
    statistics: [...(input.texts("Statistics") ?? []), ...(input.texts("ExtendedStatistics") ?? [])],
  };
}

function readQuery(input: QueryInput): MetricQuestion {
  const dimensions = new Map<string, string>();
  for (let n = 1; ; n++) {
    const name = input.text(`Dimensions.member.${n}.Name`);
    if (name === undefined) break;
    dimensions.set(name, input.requiredText(`Dimensions.member.${n}.Value`));
  }
  return {
    namespace: input.requiredText("Namespace"),
    metric: input.requiredText("MetricName"),
    dimensions,
    startMs: readInstant(input, "StartTime"),
    endMs: readInstant(input, "EndTime"),
    periodSeconds: Number(input.requiredText("Period")),
    statistics: [...input.texts("Statistics"), ...input.texts("ExtendedStatistics")],
  };
}

function readInstant(input: QueryInput, name: string): number {
  const ms = parseInstant(input.requiredText(name));
  if (ms === undefined) throw invalid(`The parameter ${name} must be an instant, such as 2026-01-31T00:00:00Z.`);
  return ms;
}
