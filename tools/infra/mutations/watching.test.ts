// Alarms, dashboards, log filters and events.
import { expect, test } from "vitest";
import { checkAlarms, checkDashboard } from "../checks/alarms.ts";
import { checkDeploymentEvents } from "../checks/deployment-events.ts";
import { checkLogFilters } from "../checks/log-filters.ts";
import { type Json, type JsonObject, mapTexts } from "../state/json.ts";
import { add, type Edit, findingsAfter, type Mutation, put, remove, set, testMutations } from "./mutation.ts";

const BOARD = "aws_cloudwatch_dashboard.this";
const FILTER = "aws_cloudwatch_log_metric_filter.fatal";
const EVENT = "aws_cloudwatch_event_rule.deployment_failed[0]";
const TOPICS = "every-secret";
const NO_EVENT = /^arn:aws:sns:us-east-1:123456789012:alarms gets no failed deployments: expected a rule with \{/;
const alarm = (name: string) => `aws_cloudwatch_metric_alarm.this["${name}"]`;

/** Changes the first metric of an alarm's queries; the other queries are expressions over metrics. */
function query(name: string, path: string, value: Json): Edit {
  return set(alarm(name), "metric_query", (old) => {
    const queries = structuredClone(old) as readonly JsonObject[];
    const query = queries.find(({ metric }) => metric !== undefined) ?? {};
    put(query, ["metric", "0", ...path.split(".")], value);
    return queries;
  });
}

const renamed = (from: string, to: string) =>
  set(BOARD, "dashboard_body", (old) => mapTexts(old, (text) => (text === from ? to : text)));
const missing = (path: string, value: Json) => query("workflow-agent-tasks-missing", path, value);
const CROWDED = {
  dimensions: { LoadBalancer: "aws_lb.api.arn_suffix" },
  metric_name: "RequestCount",
  metric_query: [],
  namespace: "AWS/ApplicationELB",
  period: 60,
  statistic: "Sum",
};

// biome-ignore format: a table, one mistake a line
testMutations([
  ["a graph of a metric that no program writes", checkDashboard, renamed("EndpointsReady", "ReadyEndpoints"), /the dashboard shows ReadyEndpoints, which no program writes\nEndpointsReady is written and paid for, and no graph shows it/],
  ["a graph of a metric that AWS does not write", checkAlarms, renamed("NewFlowCount", "NewFlows"), /dashboard\.this, Requests: no program and no service of AWS writes AWS\/NetworkELB NewFlows/],
  ["a group of one balancer beside another balancer", checkAlarms, set(alarm("targets-unhealthy"), "metric_query", (old) => mapTexts(old, (text) => text.replace("group.grpc.", "group.api."))), /UnHealthyHostCount: TargetGroup is aws_lb_target_group\.api\.arn_suffix: expected aws_lb_target_group\.grpc\.arn_suf/],
  ["a service by another name than it has", checkAlarms, missing("dimensions.ServiceName", "workflow-agent"), /ServiceName is workflow-agent: exp/],
  ["a cluster by another name", checkAlarms, missing("dimensions.ClusterName", "main"), /ClusterName is main: exp/],
  ["a service without its cluster", checkAlarms, missing("dimensions", { ServiceName: "workflow-agent-service" }), /is asked for by ServiceName: expected Clus/],
  ["a cache node that does not exist", checkAlarms, query("cache-memory", "dimensions.CacheClusterId", "agent-team-production-01"), /CacheClusterId is agent-team-production-01:/],
  ["a balancer by its ARN", checkAlarms, query("api-errors", "dimensions.LoadBalancer", "aws_lb.api.arn"), /LoadBalancer is aws_lb\.api\.arn: exp/],
  ["a metric of another namespace", checkAlarms, query("nat-ports-exhausted", "namespace", "AWS/NatGateway"), /no program and no service of AWS writes AWS\/NatGateway ErrorPort/],
  ["a metric of another name", checkAlarms, query("cache-evictions", "metric_name", "EvictedKeys"), /no program and no service of AWS writes AWS\/ElastiCache EvictedKeys/],
  ["a metric of ours by another name", checkAlarms, query("fatal-lines", "metric_name", "FatalLine"), /no program and no service of AWS writes agent-team-production FatalLine/],
  ["a sum of percentages in the place of the number of tasks", checkAlarms, missing("stat", "Sum"), /this\["workflow-agent-tasks-missing"\]: Sum of CPUUtilization has no meaning/],
  ["tasks that are compared with something else than their number", checkAlarms, missing("stat", "Average"), /workflow-agent-tasks-missing"\] compares tasks with the Average of CPUUtilization in 60 s/, TOPICS],
  ["tasks that are counted in five minutes", checkAlarms, query("at-max-count", "period", 300), /at-max-count"\] compares tasks with the SampleCount of CPUUtilization in 300 s/, TOPICS],
  ["a filter for a field that the logger does not write", checkLogFilters, set(FILTER, "pattern", '{ $.lvl = "fatal" }'), /filter\.fatal: \{ \$\.lvl = "fatal" \} matches none of our lines: \{"level":"fatal",/],
  ["a filter for another level than it is named after", checkLogFilters, set(FILTER, "pattern", '{ $.level = "error" }'), /filter\.fatal is called fatal, and matches lines of error/],
  ["a filter in a group that no task writes to", checkLogFilters, set(FILTER, "log_group_name", "/ecs/other"), /reads \/ecs\/other, and no task writes there/],
  ["an event of good deployments", checkDeploymentEvents, set(EVENT, "event_pattern.detail.eventName", ["SERVICE_DEPLOYMENT_COMPLETED"]), NO_EVENT, TOPICS],
  ["a pattern for another service", checkDeploymentEvents, set(EVENT, "event_pattern.resources.0.prefix", "arn:aws:ecs:us-east-1:123456789012:service/agent-team-production-"), NO_EVENT, TOPICS],
  ["a pattern for another kind of event", checkDeploymentEvents, set(EVENT, "event_pattern.detail-type", ["ECS Service Action"]), NO_EVENT, TOPICS],
  ["a pattern for another source", checkDeploymentEvents, set(EVENT, "event_pattern.source", ["aws.events"]), NO_EVENT, TOPICS],
  ["a pattern that matches events of other clusters", checkDeploymentEvents, set(EVENT, "event_pattern.resources"), NO_EVENT, TOPICS],
  ["a rule without a target", checkDeploymentEvents, remove("aws_cloudwatch_event_target.deployment_failed[0]"), NO_EVENT, TOPICS],
] satisfies readonly Mutation[]);

test("an alarm may name one metric without queries, and is checked", () => {
  const crowded = (values: Partial<typeof CROWDED>) =>
    add(alarm("crowded"), alarm("api-errors"), { ...CROWDED, ...values });
  expect(findingsAfter(checkAlarms, crowded({}))).toBe("");
  expect(findingsAfter(checkAlarms, crowded({ metric_name: "Requests" }))).toMatch(
    /this\["crowded"\]: no program and no service of AWS writes AWS\/ApplicationELB Requests /,
  );
});
