// Order of creation, scaling, capacity, names and roles.
import { describe, expect, test } from "vitest";
import { checkCapacity } from "../checks/capacity.ts";
import { checkIam } from "../checks/iam.ts";
import { checkNames } from "../checks/limits.ts";
import { checkOrder } from "../checks/order.ts";
import { checkScaling } from "../checks/scaling.ts";
import { findingsAfter, forget, type Mutation, remove, set, testMutations } from "./mutation.ts";

const CUT_OFF = "the first tasks could not load their image and their secrets, or write their log";
const LISTENER = "ECS refuses a target group that no listener uses";
const SERVICES = "aws_ecs_service.this*";
const CPU = 'aws_appautoscaling_policy.cpu["workflow-engine"]';
const REQUESTS = "aws_appautoscaling_policy.requests[0]";
const TRACKING = "target_tracking_scaling_policy_configuration.0";
const EXECUTION = "aws_iam_role_policy.execution";
const DISCOVERY = 'aws_iam_role_policy.task["workflow-agent"]';
const EQUALS = "policy.Statement.0.Condition.StringEquals";
const strategy = (base: number, weight: number, spot: number) =>
  set(SERVICES, "capacity_provider_strategy", [
    { base, capacity_provider: "FARGATE", weight },
    { base: 0, capacity_provider: "FARGATE_SPOT", weight: spot },
  ]);
const statement = (action: string, resource: string) =>
  set(EXECUTION, "policy.Statement", [{ Action: [action], Effect: "Allow", Resource: [resource] }]);

describe("before the first tasks", () => {
  test.each([
    ["aws_lb_listener.grpc", LISTENER],
    ["aws_lb_listener.http", LISTENER],
    ["aws_lb_listener.https", LISTENER, "certificate"],
    ["aws_iam_role_policy.execution", "the first tasks may not load their image, or not call AWS"],
    ["aws_iam_role_policy.task", "the first tasks may not load their image, or not call AWS"],
    ["aws_route.private", CUT_OFF],
    ["aws_route_table_association.private", CUT_OFF],
    ["aws_vpc_endpoint.interface", CUT_OFF, "no-internet"],
    ["aws_vpc_endpoint.s3", CUT_OFF],
    ["aws_ssm_parameter.identity_secret", "the first tasks find no secret"],
    ["aws_ssm_parameter.redis_url", "the first tasks find no secret"],
    ["aws_ssm_parameter.secret", "the first tasks find no secret"],
    ["aws_vpc_security_group_egress_rule.this", "the first tasks reach nothing"],
    ["aws_vpc_security_group_ingress_rule.this", "nothing reaches the first tasks"],
    ["aws_ecs_cluster_capacity_providers.this", "ECS refuses a provider that the cluster does not know", "spot"],
  ])("finds a service that does not wait for %s", (block, otherwise, state = "default") => {
    expect(findingsAfter(checkOrder, [], state)).toBe("");
    const findings = findingsAfter(checkOrder, forget(SERVICES, block), state);
    expect(findings).toContain(`aws_ecs_service.this does not wait for ${block}: ${otherwise}`);
  });

  test.each(["aws_lb.api", "aws_nat_gateway.this"])("finds %s that does not wait for the internet gateway", (block) => {
    expect(findingsAfter(checkOrder, forget(`${block}*`, "aws_internet_gateway.this"))).toBe(
      `${block} does not wait for aws_internet_gateway.this: AWS refuses it in a VPC without one`,
    );
  });
});

// biome-ignore format: a table, one mistake a line
testMutations([
  ["a service that does not scale", checkScaling, remove('aws_appautoscaling_target.this["workflow-engine"]'), /this\["workflow-engine"\] is not scaled/],
  ["a resource label with the target group before the load balancer", checkScaling, set(REQUESTS, `${TRACKING}.predefined_metric_specification.0.resource_label`, "aws_lb_target_group.api.arn_suffix/aws_lb.api.arn_suffix"), /resource_label is aws_lb_target_group\.api\.arn_suffix\/aws_lb\.api\.arn_suffix: expected aws_lb\.api\.arn/],
  ["a service without a metric to scale by", checkScaling, remove(CPU), /this\["workflow-engine"\] has no policy to scale by/],
  ["bounds between which nothing can grow", checkScaling, set("aws_appautoscaling_target.this*", "max_capacity", 2), /max_capacity is 2, and min_capacity 2: it cannot grow/],
  ["a target of 0.6, which is a percentage", checkScaling, set(CPU, `${TRACKING}.target_value`, 0.6), /cpu\["workflow-engine"\], ECSServiceAverageCPUUtilization: target_value is 0\.6: expected 30 to 80/],
  ["a target of one request a minute", checkScaling, set(REQUESTS, `${TRACKING}.target_value`, 1), /ALBRequestCountPerTarget: target_value is 1: expected 100/],
  ["a service that shrinks at once", checkScaling, set(CPU, `${TRACKING}.scale_in_cooldown`, 1), /scale_in_cooldown is 1: expected 120 to 900/],
  ["spot that runs every other task on demand", checkCapacity, strategy(1, 1, 1), /pays on demand for more than one task/, "spot"],
  ["spot that keeps nothing on demand", checkCapacity, strategy(0, 0, 1), /keeps 0 tasks on demand/, "spot"],
  ["spot without a weight", checkCapacity, strategy(1, 0, 0), /gets no spot capacity/, "spot"],
  ["a provider that the cluster was not given", checkCapacity, set("aws_ecs_cluster_capacity_providers.this", "capacity_providers", ["FARGATE"]), /uses FARGATE_SPOT, which its cluster/, "spot"],
  ["spot capacity that no variable asks for", checkCapacity, strategy(1, 0, 1), /"api-gateway"\] uses spot capacity, which AWS may take back/],
  ["a launch type beside a strategy", checkCapacity, set(SERVICES, "launch_type", "EC2"), /has launch_type EC2, which rules its strategy out/],
  ["a name that can get too long", checkNames, set("aws_lb.grpc", "name", "agent-team-production-internal-nlb"), /aws_lb\.grpc: the name .* can have 35 characters/],
  ["a name that AWS reserves", checkNames, set("aws_lb.grpc", "name", "internal-nlb"), /aws_lb\.grpc: the name internal-nlb/],
  ["a role that may do more than it needs", checkIam, statement("ssm:*", "x"), /allows ssm:\*, which nothing needs/],
  ["a role that may do it on every resource", checkIam, statement("ssm:GetParameters", "*"), /ssm:GetParameters on everything/],
  ["an action that is needed and that no role has", checkIam, statement("ssm:GetParameters", "x"), /no role may ecr:BatchGetImage, which is needed/],
  ["a key that no role may use", checkIam, statement("ssm:GetParameters", "x"), /no role may kms:Decrypt, which is needed/, "every-secret"],
  ["a shell for which no role opens a channel", checkIam, remove("aws_iam_role_policy.task*"), /no role may ssmmessages:OpenDataChannel/, "execute-command"],
  ["a channel for a shell that no variable asks for", checkIam, statement("ssmmessages:OpenDataChannel", "*"), /allows ssmmessages:OpenDataChannel, which nothing needs/],
  ["a role that other accounts may use", checkIam, set("aws_iam_role.execution", "assume_role_policy.Statement.0.Condition", {}), /trusts ECS of every account/],
  ["a condition key that Cloud Map never sends", checkIam, set(DISCOVERY, EQUALS, { NamespaceArn: "x" }), /in every namespace: expected a condition[^]*by NamespaceArn, which Cloud Map never sends/],
  ["a condition for another namespace", checkIam, set(DISCOVERY, `${EQUALS}.servicediscovery:NamespaceName`, "agent-team-production"), /DiscoverInstances in every namespace/],
  ["a log group without the streams in it", checkIam, statement("logs:PutLogEvents", "aws_cloudwatch_log_group.this.arn"), /allows logs:PutLogEvents on .* and on no stream in it/],
] satisfies readonly Mutation[]);

test("a role may have more conditions than that on its namespace", () => {
  const held = { "servicediscovery:NamespaceName": "agent-team-production.local", "aws:SourceVpc": "aws_vpc.this.id" };
  expect(findingsAfter(checkIam, set(DISCOVERY, EQUALS, held))).toBe("");
});
