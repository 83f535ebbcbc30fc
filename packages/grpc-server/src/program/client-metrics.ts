/**
 * The figures of a channel, once a minute. The channel's events and snapshots come in; log lines in CloudWatch's embedded
 * metric format go out, which CloudWatch Logs turns into metrics: no agent, no permission and no request of ours. A line
 * never has an address or a method, because each new value of a dimension is another metric that costs money.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { Channel, ChannelEvent } from "@agent-team/grpc-client";
import type { Logger } from "../logger.ts";

/** Options of `reportClientMetrics`. */
export interface ClientMetricsOptions {
  /** CloudWatch's namespace of the figures. Undefined: nothing is counted or written. */
  readonly namespace: string | undefined;
  /** The dimension `target`, beside the logger's `service`: the service that the channel calls. Few and fixed values. */
  readonly target: string;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Default 60,000, the period of CloudWatch's metrics. */
  readonly intervalMs?: number | undefined;
}

/** Events since the last line. */
const NONE = { Failovers: 0, ResolutionFailures: 0, Retries: 0, RetriesRefused: 0 };
type Counts = typeof NONE;

/** The state at the time of the line. */
const LEVELS = ["EndpointsKnown", "EndpointsReady", "RetryBudget", "WaitingCalls"] as const;
type Levels = Readonly<Record<(typeof LEVELS)[number], number>>;

/** Names of the figures, each with the unit Count. */
export const CLIENT_FIGURES: readonly string[] = [...Object.keys(NONE), ...LEVELS];

/** Starts the lines; the returned function ends them. The timer alone does not keep the process running. */
export function reportClientMetrics(
  channel: Pick<Channel, "on" | "snapshot">,
  { namespace, target, logger, clock, intervalMs = 60_000 }: ClientMetricsOptions,
): () => void {
  if (namespace === undefined) return () => undefined;
  // The lines are for CloudWatch: LOG_LEVEL is about the lines that people read.
  const log = logger.child({}, { level: "info" });
  let counts = { ...NONE };
  const stopListening = channel.on((event) => {
    const count = countOf(event);
    if (count !== undefined) counts[count] += event.type === "retry-budget-exhausted" ? event.refused : 1;
  });
  const report = (): void => {
    log.info(toLine(namespace, target, { ...counts, ...levelsOf(channel) }, clock.wallNow()), "client metrics");
    counts = { ...NONE };
    timer = clock.setTimer(intervalMs, report, { unref: true });
  };
  let timer = clock.setTimer(intervalMs, report, { unref: true });
  return () => {
    timer.cancel();
    stopListening();
  };
}

function countOf(event: ChannelEvent): keyof Counts | undefined {
  switch (event.type) {
    case "call-retried":
      return "Retries";
    case "retry-budget-exhausted":
      return "RetriesRefused";
    case "tier-changed":
      return event.reason === "failover" ? "Failovers" : undefined;
    case "resolution-failed":
      return "ResolutionFailures";
    case "connectivity-changed":
    case "channel-connectivity-changed":
    case "endpoints-changed":
    case "resolution-recovered":
    case "answer-truncated":
    case "loss-quarantined":
    case "endpoints-restored":
    case "endpoint-file-ignored":
    case "instances-skipped":
    case "connection-draining":
    case "connection-abandoned":
    case "eligibility-changed":
    case "health-changed":
    case "call-hedged":
    case "call-too-late":
    case "call-resumed":
    case "certificates-renewed":
    case "certificates-refused":
    case "recycle-failed":
    case "ejected":
    case "unejected":
    case "breaker-opened":
    case "breaker-closed":
    case "panic-began":
    case "panic-ended":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** An endpoint that two tiers know counts once. */
function levelsOf(channel: Pick<Channel, "snapshot">): Levels {
  const { tiers, retryBudget, waitingCalls } = channel.snapshot();
  const endpoints = new Map(tiers.flatMap((tier) => tier.endpoints.map((each) => [each.address, each] as const)));
  return {
    EndpointsKnown: endpoints.size,
    EndpointsReady: [...endpoints.values()].filter(({ connectivity }) => connectivity === "ready").length,
    RetryBudget: Math.floor(retryBudget),
    WaitingCalls: waitingCalls,
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function toLine(namespace: string, target: string, figures: Counts & Levels, nowMs: number): object {
  const metrics = CLIENT_FIGURES.map((name) => ({ Name: name, Unit: "Count" }));
  return {
    // "The dimensions must be members of the root node": `service` is the logger's.
    _aws: {
      Timestamp: Math.round(nowMs),
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [["service", "target"]], Metrics: metrics }],
    },
    target,
    ...figures,
  };
}
