// How the services are run: after what, on what, how many.
import { describe, expect, test } from "vitest";
import { checkCapacity } from "../checks/capacity.ts";
import { checkImages } from "../checks/images.ts";
import { checkOrder } from "../checks/order.ts";
import { checkScaling } from "../checks/scaling.ts";
import { findingsAfter } from "./broken-copy.ts";

const CUT_OFF = "the first tasks have no way to their image, their secrets and their log";

describe("before the first tasks", () => {
  test.each([
    ["aws_lb_listener.grpc", "ECS refuses a target group that no listener uses"],
    ["aws_lb_listener.http", "ECS refuses a target group that no listener uses"],
    ["aws_lb_listener.https", "ECS refuses a target group that no listener uses"],
    ["aws_iam_role_policy.execution", "the first tasks may not load their image"],
    ["aws_iam_role_policy.task", "the first tasks may not load their image, or not what they ask AWS for"],
    ["aws_route.private", CUT_OFF],
    ["aws_route_table_association.private", CUT_OFF],
    ["aws_vpc_endpoint.interface", CUT_OFF],
    ["aws_ssm_parameter.identity_secret", "the first tasks find no secret"],
    ["aws_ssm_parameter.redis_url", "the first tasks find no secret"],
    ["aws_ssm_parameter.secret", "the first tasks find no secret"],
    ["aws_vpc_security_group_egress_rule.this", "the first tasks reach nobody"],
    ["aws_vpc_security_group_ingress_rule.this", "nobody reaches the first tasks"],
    ["aws_ecs_cluster_capacity_providers.this", "ECS refuses a provider that the cluster does not know"],
  ])("a service that does not wait for %s is found", async (address, otherwise) => {
    const line = new RegExp(`\\n *${address.replaceAll(".", "\\.")},`);
    const findings = await findingsAfter(checkOrder, "ecs_services.tf", line, "");
    expect(findings).toContain(`aws_ecs_service.this does not wait for ${address}: ${otherwise}`);
  });
});

describe("before what stands in public", () => {
  test.each([
    ["aws_lb.api", "load_balancer_api.tf"],
    ["aws_nat_gateway.this", "network.tf"],
  ])("%s that does not wait for the internet gateway is found", async (address, file) => {
    const findings = await findingsAfter(
      checkOrder,
      file,
      /(\n *depends_on *= \[)aws_internet_gateway\.this,? ?/,
      "$1",
    );
    expect(findings).toBe(
      `${address} does not wait for aws_internet_gateway.this: AWS refuses it in a network without one`,
    );
  });
});

describe("scaling", () => {
  test("a service that does not scale is found", async () => {
    const change = ["autoscaling.tf", "if var.tasks.autoscaling }", 'if name != "workflow-engine" }'] as const;
    expect(await findingsAfter(checkScaling, ...change)).toMatch(/this\["workflow-engine"\] is not scaled/);
  });

  test("an apply that takes back what scaling gave is found", async () => {
    expect(await findingsAfter(checkScaling, "ecs_services.tf", "ignore_changes = [desired_count]", "")).toMatch(
      /aws_ecs_service\.this\["api-gateway"\] does not ignore changes of desired_count/,
    );
  });

  test("requests of a target group that are asked for the wrong way round are found", async () => {
    const change = [
      "autoscaling.tf",
      "${aws_lb.api.arn_suffix}/${aws_lb_target_group.api.arn_suffix}",
      "${aws_lb_target_group.api.arn_suffix}/${aws_lb.api.arn_suffix}",
    ] as const;
    expect(await findingsAfter(checkScaling, ...change)).toMatch(
      /resource_label is made of aws_lb_target_group\.api\.arn_suffix aws_lb\.api\.arn_suffix: expected aws_lb\.api\.arn/,
    );
  });

  test("a service that nothing is measured of is found", async () => {
    const change = [
      "autoscaling.tf",
      /(resource_id *= )aws_appautoscaling_target\.this\[each\.key\]\.resource_id/,
      "$1null",
    ] as const;
    expect(await findingsAfter(checkScaling, ...change)).toMatch(/this\["workflow-engine"\] has no policy to scale by/);
  });

  test("bounds between which nothing can grow are found", async () => {
    const change = ["autoscaling.tf", "= var.tasks.max_count", "= var.tasks.desired_count"] as const;
    expect(await findingsAfter(checkScaling, ...change)).toMatch(
      /max_capacity is 2, and min_capacity 2: it cannot grow/,
    );
  });
});

describe("capacity and images", () => {
  test.each([
    [
      "pays for every other task in full",
      /FARGATE( *)= \{ base = 1, weight = 0 \}/,
      "FARGATE$1= { base = 1, weight = 1 }",
      /pays on/,
    ],
    [
      "keeps nothing on demand",
      /FARGATE( *)= \{ base = 1, weight = 0 \}/,
      "FARGATE$1= { base = 0, weight = 0 }",
      /keeps 0/,
    ],
    [
      "gets nothing of what is spare",
      /(FARGATE_SPOT *= \{ base = 0, weight = )1/,
      "$10",
      /spot: .* gets no spot capacity/,
    ],
    ["the cluster was not given", '["FARGATE", "FARGATE_SPOT"]', '["FARGATE"]', /uses FARGATE_SPOT, which its cluster/],
  ])("spot capacity that %s is found", async (_, from, to, finding) => {
    expect(await findingsAfter(checkCapacity, "ecs*.tf", from, to)).toMatch(finding);
  });

  test("spot capacity that nobody asked for is found", async () => {
    const change = ["locals.tf", /capacity( *)= var\.capacity/, 'capacity$1= "spot"'] as const;
    expect(await findingsAfter(checkCapacity, ...change)).toMatch(/on_demand: .*"api-gateway"\] may be taken away/);
  });

  test("an image from elsewhere is found", async () => {
    const change = ["ecs.tf", "${aws_ecr_repository.this[service].repository_url}", "docker.io/node"] as const;
    expect(await findingsAfter(checkImages, ...change)).toMatch(
      /api-gateway: its image comes from none, which is no rep/,
    );
  });

  test("a tag that can become another image is found", async () => {
    expect(await findingsAfter(checkImages, "ecr.tf", '"IMMUTABLE"', '"MUTABLE"')).toMatch(
      /aws_ecr_repository\.this\["workflow-agent"\] is MUTABLE: a tag may lead to another image tomorrow/,
    );
  });
});
