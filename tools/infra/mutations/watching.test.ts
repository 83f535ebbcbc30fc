// What is looked at, and who is told.
import { expect, test } from "vitest";
import { checkAlarms } from "../checks/alarms.ts";
import { checkDeploymentEvents } from "../checks/deployment-events.ts";
import { checkFigures } from "../checks/figures.ts";
import { checkLogFilters } from "../checks/log-filters.ts";
import { type Json, type JsonObject, mapTexts } from "../state/json.ts";
import { add, type Edit, findingsAfter, type Mutation, put, set, testMutations } from "./mutation.ts";

const BOARD = "aws_cloudwatch_dashboard.this";
const FILTER = "aws_cloudwatch_log_metric_filter.fatal";
const EVENT = "aws_cloudwatch_event_rule.deployment_failed[0]";
const TOLD = "every-secret";
const alarm = (name: string) => `aws_cloudwatch_metric_alarm.this["${name}"]`;

/** Changes the first of an alarm's figures; the others of its queries are expressions over them. */
function query(name: string, path: string, value: Json): Edit {
  return set(alarm(name), "metric_query", (old) => {
    const queries = structuredClone(old) as readonly JsonObject[];
    const figure = queries.find(({ metric }) => metric !== undefined) ?? {};
    put(figure, ["metric", "0", ...path.split(".")], value);
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
  ["a graph of a figure that nobody writes", checkFigures, renamed("EndpointsReady", "ReadyEndpoints"), /the dashboard shows ReadyEndpoints, which no program writes\nEndpointsReady is written and paid for, and nobody sees it/],
  ["a graph of another figure that nobody writes", checkAlarms, renamed("NewFlowCount", "NewFlows"), /dashboard\.this, Requests: nobody is known to write AWS\/NetworkELB NewFlows/],
  ["a group of one balancer beside another balancer", checkAlarms, set(alarm("targets-unhealthy"), "metric_query", (old) => mapTexts(old, (text) => text.replace("group.grpc.", "group.api."))), /UnHealthyHostCount: TargetGroup is aws_lb_target_group\.api\.arn_suffix: expected aws_lb_target_group\.grpc\.arn_suf/],
  ["a service by another name than it has", checkAlarms, missing("dimensions.ServiceName", "workflow-agent"), /ServiceName is workflow-agent: exp/],
  ["a cluster by another name", checkAlarms, missing("dimensions.ClusterName", "main"), /ClusterName is main: exp/],
  ["a service without its cluster", checkAlarms, missing("dimensions", { ServiceName: "workflow-agent-service" }), /is asked for by ServiceName: expected Clus/],
  ["a cache node that does not exist", checkAlarms, query("cache-memory", "dimensions.CacheClusterId", "agent-team-production-01"), /CacheClusterId is agent-team-production-01:/],
  ["a balancer by its ARN", checkAlarms, query("api-errors", "dimensions.LoadBalancer", "aws_lb.api.arn"), /LoadBalancer is aws_lb\.api\.arn: exp/],
  ["a figure of another namespace", checkAlarms, query("nat-ports-exhausted", "namespace", "AWS/NatGateway"), /nobody is known to write AWS\/NatGateway ErrorPort/],
  ["a figure of another name", checkAlarms, query("cache-evictions", "metric_name", "EvictedKeys"), /nobody is known to write AWS\/ElastiCache EvictedKeys/],
  ["a figure of ours by another name", checkAlarms, query("fatal-lines", "metric_name", "FatalLine"), /nobody is known to write agent-team-production FatalLine/],
  ["a sum of percentages in the place of the number of tasks", checkAlarms, missing("stat", "Sum"), /this\["workflow-agent-tasks-missing"\]: Sum of CPUUtilization says nothing/],
  ["tasks that are compared with anything but their number", checkAlarms, missing("stat", "Average"), /workflow-agent-tasks-missing"\] compares tasks with the Average of CPUUtilization in 60 s/, TOLD],
  ["tasks that are counted in five minutes", checkAlarms, query("at-max-count", "period", 300), /at-max-count"\] compares tasks with the SampleCount of CPUUtilization in 300 s/, TOLD],
  ["a filter for a field that the logger does not write", checkLogFilters, set(FILTER, "pattern", '{ $.lvl = "fatal" }'), /filter\.fatal: \{ \$\.lvl = "fatal" \} takes none of our lines: \{"level":"fatal",/],
  ["a filter for another level than it is named after", checkLogFilters, set(FILTER, "pattern", '{ $.level = "error" }'), /filter\.fatal is called fatal, and takes lines of error/],
  ["a filter in a group that no task writes to", checkLogFilters, set(FILTER, "log_group_name", "/ecs/other"), /looks into \/ecs\/other, and no task writes there/],
  ["an event that tells of good deployments", checkDeploymentEvents, set(EVENT, "event_pattern.detail.eventName", ["SERVICE_DEPLOYMENT_COMPLETED"]), /nobody is told of SERVICE_DEPLOYMENT_FAILED of workflow-agent-service[^]*tells of SERVICE_DEPLOYMENT_COMPLETED of workflow-agent-service too/, TOLD],
  ["a pattern for another service", checkDeploymentEvents, set(EVENT, "event_pattern.resources.0.prefix", "arn:aws:ecs:us-east-1:123456789012:service/agent-team-production-"), /nobody is told of SERVICE_DEPLOYMENT_FAILED of api-gateway-service/, TOLD],
  ["a pattern for another kind of event", checkDeploymentEvents, set(EVENT, "event_pattern.detail-type", ["ECS Service Action"]), /nobody is told of SERVICE_DEPLOYMENT_FAILED/, TOLD],
  ["a pattern for another source", checkDeploymentEvents, set(EVENT, "event_pattern.source", ["aws.events"]), /nobody is told of SERVICE_DEPLOYMENT_FAILED/, TOLD],
  ["a pattern that takes those of other clusters", checkDeploymentEvents, set(EVENT, "event_pattern.resources"), /tells of other clusters too/, TOLD],
] satisfies readonly Mutation[]);

test("an alarm may be of one figure, without queries, and is looked at all the same", () => {
  const crowded = (values: Partial<typeof CROWDED>) =>
    add(alarm("crowded"), alarm("api-errors"), { ...CROWDED, ...values });
  expect(findingsAfter(checkAlarms, crowded({}))).toBe("");
  expect(findingsAfter(checkAlarms, crowded({ metric_name: "Requests" }))).toMatch(
    /this\["crowded"\]: nobody is known to write AWS\/ApplicationELB Requests /,
  );
});
