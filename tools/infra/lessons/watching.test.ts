// What is looked at, and who is told.
import { describe, expect, test } from "vitest";
import { checkAlarms } from "../checks/alarms.ts";
import { checkDeploymentEvents } from "../checks/deployment-events.ts";
import { checkFigures } from "../checks/figures.ts";
import { checkLogFilters } from "../checks/log-filters.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("the dashboard", () => {
  test("a graph of a figure that nobody writes is found, and a figure that nobody sees", async () => {
    const findings = await findingsAfter(checkFigures, "dashboard.tf", '"EndpointsReady"', '"ReadyEndpoints"');
    expect(findings).toMatch(/the dashboard shows ReadyEndpoints, which no program writes/);
    expect(findings).toMatch(/EndpointsReady is written and paid for, and nobody sees it/);
  });
});

describe("alarms", () => {
  test("unhealthy hosts of one balancer's group, asked for beside another balancer, are found", async () => {
    const change = ["alarms.tf", /(nlb_dimensions, \{ TargetGroup = aws_lb_target_group\.)grpc/, "$1api"] as const;
    expect(await findingsAfter(checkAlarms, ...change)).toMatch(
      /UnHealthyHostCount: TargetGroup is aws_lb_target_group\.api\.arn_suffix: expected aws_lb_target_group\.grpc\.arn_suf/,
    );
  });

  test.each([
    [
      "a service by another name than it has",
      "alarms.tf",
      '"${name}-service"',
      "name",
      /ServiceName is api-gateway: exp/,
    ],
    [
      "a cluster by another name",
      "alarms.tf",
      "ClusterName = var.name",
      'ClusterName = "main"',
      /ClusterName is main: exp/,
    ],
    [
      "a cache node that does not exist",
      "alarms_cache.tf",
      "%s-%03d",
      "%s-%02d",
      /CacheClusterId is agent-team-production-01:/,
    ],
    [
      "a balancer by its ARN",
      "alarms.tf",
      "aws_lb.api.arn_suffix",
      "aws_lb.api.arn",
      /LoadBalancer is aws_lb\.api\.arn: exp/,
    ],
    [
      "a service without its cluster",
      "alarms.tf",
      "ClusterName = var.name, ",
      "",
      /is asked for by ServiceName: expected Clus/,
    ],
  ])("the figures of %s are found", async (_, file, from, to, finding) => {
    expect(await findingsAfter(checkAlarms, file, from, to)).toMatch(finding);
  });

  test.each([
    [
      "namespace",
      '"AWS/NATGateway", name',
      '"AWS/NatGateway", name',
      /nobody is known to write AWS\/NatGateway ErrorPort/,
    ],
    ["name", '"Evictions"', '"EvictedKeys"', /nobody is known to write AWS\/ElastiCache EvictedKeys/],
    [
      "name of ours",
      'name = "FatalLines"',
      'name = "FatalLine"',
      /nobody is known to write agent-team-production FatalLine/,
    ],
  ])("a figure that has another %s is found", async (_, from, to, finding) => {
    expect(await findingsAfter(checkAlarms, "alarms*.tf", from, to)).toMatch(finding);
  });

  test("a sum of percentages in the place of the number of tasks is found", async () => {
    const findings = await findingsAfter(checkAlarms, "alarms.tf", '"SampleCount"', '"Sum"');
    expect(findings).toMatch(/this\["workflow-agent-tasks-missing"\]: Sum of CPUUtilization says nothing/);
  });

  test("tasks that are compared with anything but their number are found", async () => {
    expect(await findingsAfter(checkAlarms, "alarms.tf", '"SampleCount"', '"Average"')).toMatch(
      /workflow-agent-tasks-missing"\] compares tasks with the Average of CPUUtilization in 60 s/,
    );
    expect(await findingsAfter(checkAlarms, "alarms.tf", /period( *)= 60/, "period$1= 300")).toMatch(
      /at-max-count"\] compares tasks with the SampleCount of CPUUtilization in 300 s/,
    );
  });

  test("a graph of a figure that nobody writes is found as an alarm is", async () => {
    expect(await findingsAfter(checkAlarms, "dashboard.tf", '"NewFlowCount"', '"NewFlows"')).toMatch(
      /dashboard\.this, Requests: nobody is known to write AWS\/NetworkELB NewFlows/,
    );
  });
});

describe("logs", () => {
  test("a filter for a field that the logger does not write is found", async () => {
    expect(await findingsAfter(checkLogFilters, "logs.tf", "$.level", "$.lvl")).toMatch(
      /filter\.fatal: \{ \$\.lvl = "fatal" \} takes none of our lines: \{"level":"fatal",/,
    );
  });

  test("a filter for another level than it is named after is found", async () => {
    expect(await findingsAfter(checkLogFilters, "logs.tf", '\\"fatal\\"', '\\"error\\"')).toMatch(
      /filter\.fatal is called fatal, and takes lines of error/,
    );
  });

  test("a filter in a group that no task writes to is found", async () => {
    expect(
      await findingsAfter(checkLogFilters, "logs.tf", /log_group_name = .*/, 'log_group_name = "/ecs/other"'),
    ).toMatch(/looks into \/ecs\/other, and no task writes there/);
  });
});

describe("failed deployments", () => {
  test("an event that tells of good ones is found", async () => {
    const change = ["deployment_events.tf", "SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_COMPLETED"] as const;
    const findings = await findingsAfter(checkDeploymentEvents, ...change);
    expect(findings).toMatch(/nobody is told of SERVICE_DEPLOYMENT_FAILED of workflow-agent-service/);
    expect(findings).toMatch(/tells of SERVICE_DEPLOYMENT_COMPLETED of workflow-agent-service too/);
  });

  test.each([
    ["service", "service/${var.name}/", "service/${var.name}-"],
    ["kind of event", "ECS Deployment State Change", "ECS Service Action"],
    ["source", '["aws.ecs"]', '["aws.events"]'],
  ])("a pattern for another %s is found", async (_, from, to) => {
    expect(await findingsAfter(checkDeploymentEvents, "deployment_events.tf", from, to)).toMatch(
      /nobody is told of SERVICE_DEPLOYMENT_FAILED of api-gateway-service/,
    );
  });

  test("a pattern that takes those of other clusters is found", async () => {
    const change = ["deployment_events.tf", /\n *resources *= .*/, ""] as const;
    expect(await findingsAfter(checkDeploymentEvents, ...change)).toMatch(/tells of other clusters too/);
  });
});
