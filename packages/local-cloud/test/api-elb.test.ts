// The load balancers' API with the AWS SDK.

import {
  DescribeListenersCommand,
  DescribeLoadBalancerAttributesCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, onTestFinished, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { sdkConfig } from "./aws.ts";
import { answerFrom, echoService, startTestCloud, until } from "./support.ts";

const SERVICES = [
  echoService({ balancer: "nlb" }),
  echoService({ name: "api-gateway", port: 8000, protocol: "http", balancer: "alb", desired: 1 }),
];

function clientOf(cloud: LocalCloud): ElasticLoadBalancingV2Client {
  const client = new ElasticLoadBalancingV2Client(sdkConfig(cloud));
  onTestFinished(() => client.destroy());
  return client;
}

test("balancers, listeners and target groups refer to each other by ARN", async () => {
  const cloud = await startTestCloud({ services: SERVICES });
  const client = clientOf(cloud);
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand());
  expect(LoadBalancers).toMatchObject([
    { LoadBalancerName: "agent-team-local-grpc-nlb", Type: "network", Scheme: "internal" },
    { LoadBalancerName: "agent-team-local-alb", Type: "application", Scheme: "internet-facing" },
  ]);
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn;
  const { TargetGroups = [] } = await client.send(new DescribeTargetGroupsCommand({ LoadBalancerArn }));
  // The digest at the end is Terraform's, of "50051 TCP".
  expect(TargetGroups).toMatchObject([{ TargetGroupName: "agent-team-local-grpc-45cf", Port: 50051, Protocol: "TCP" }]);
  const { Listeners } = await client.send(new DescribeListenersCommand({ LoadBalancerArn }));
  expect(Listeners).toMatchObject([
    {
      Port: 50051,
      Protocol: "TCP",
      DefaultActions: [{ Type: "forward", TargetGroupArn: TargetGroups[0]?.TargetGroupArn }],
    },
  ]);
  const named = await client.send(new DescribeLoadBalancersCommand({ Names: ["agent-team-local-alb"] }));
  expect(named.LoadBalancers).toEqual([LoadBalancers[1]]);
});

test("DescribeTargetHealth gives the health of each target, and follows the tasks", async () => {
  const cloud = await startTestCloud({ services: SERVICES });
  const client = clientOf(cloud);
  const { TargetGroups } = await client.send(
    new DescribeTargetGroupsCommand({ Names: ["agent-team-local-grpc-45cf"] }),
  );
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
  const health = async (): Promise<readonly string[]> => {
    const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    return (TargetHealthDescriptions ?? [])
      .map(
        ({ Target, TargetHealth }) =>
          `${Target?.Id}:${Target?.Port} ${Target?.AvailabilityZone} ${TargetHealth?.State}`,
      )
      .toSorted();
  };
  const expected = (): string =>
    cloud
      .tasks("workflow-agent")
      .map(({ host, zone }) => `${host}:50051 ${zone} healthy`)
      .toSorted()
      .join();
  await until(health, (found) => found.join() === expected());
  await cloud.killTask(cloud.tasks("workflow-agent")[0]?.id ?? "");
  expect(await health()).toHaveLength(1);
  await cloud.steady("workflow-agent");
  await until(health, (found) => found.join() === expected());
});

test.each([
  ["api-gateway", "agent-team-local-api-7528", "Target.ResponseCodeMismatch"],
  ["workflow-agent", "agent-team-local-grpc-45cf", "Target.FailedHealthChecks"],
])("an unhealthy target of %s has the reason for which its checks fail", async (service, group, Reason) => {
  // Within its grace period ECS leaves the task as it is.
  const timing = { targetCheckIntervalMs: 5, gracePeriodMs: 3_600_000 };
  const cloud = await startTestCloud({ services: SERVICES, timing });
  const client = clientOf(cloud);
  const { TargetGroups } = await client.send(new DescribeTargetGroupsCommand({ Names: [group] }));
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn;
  const task = cloud.tasks(service)[0];
  await answerFrom(task, "/readyz", 503);
  const health = await until(
    async () => {
      const { TargetHealthDescriptions } = await client.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
      return TargetHealthDescriptions?.find(({ Target }) => Target?.Id === task?.host)?.TargetHealth;
    },
    (found) => found?.State === "unhealthy",
  );
  expect(health).toEqual({
    State: "unhealthy",
    Reason,
    Description: "Health checks failed with these codes: [503]",
  });
});

test("an unknown ARN or name gets the error of AWS", async () => {
  const client = clientOf(await startTestCloud({ services: SERVICES }));
  const arn = "arn:aws:elasticloadbalancing:local-1:000000000000:nothing";
  const commands = [
    [new DescribeTargetHealthCommand({ TargetGroupArn: arn }), "TargetGroupNotFoundException"],
    [new DescribeTargetGroupsCommand({ Names: ["nothing"] }), "TargetGroupNotFoundException"],
    [new DescribeLoadBalancersCommand({ LoadBalancerArns: [arn] }), "LoadBalancerNotFoundException"],
    [new DescribeListenersCommand({ LoadBalancerArn: arn }), "LoadBalancerNotFoundException"],
    [new DescribeListenersCommand({ ListenerArns: [arn] }), "ListenerNotFoundException"],
  ] as const;
  for (const [command, name] of commands) {
    await expect(client.send(command as DescribeListenersCommand), name).rejects.toMatchObject({ name });
  }
});

test("target groups and balancers have attributes", async () => {
  const cloud = await startTestCloud({ services: SERVICES });
  const client = clientOf(cloud);
  const { TargetGroups = [] } = await client.send(new DescribeTargetGroupsCommand());
  const [grpc, api] = await Promise.all(
    TargetGroups.map(async ({ TargetGroupArn }) => {
      const { Attributes } = await client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn }));
      return Attributes;
    }),
  );
  expect(grpc).toContainEqual({ Key: "deregistration_delay.timeout_seconds", Value: "0" });
  expect(grpc).toContainEqual({ Key: "preserve_client_ip.enabled", Value: "false" });
  expect(api).toContainEqual({ Key: "stickiness.enabled", Value: "false" });
  expect(api).not.toContainEqual(expect.objectContaining({ Key: "preserve_client_ip.enabled" }));
  const { LoadBalancers = [] } = await client.send(new DescribeLoadBalancersCommand());
  const LoadBalancerArn = LoadBalancers[0]?.LoadBalancerArn;
  const { Attributes } = await client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn }));
  expect(Attributes).toContainEqual({ Key: "load_balancing.cross_zone.enabled", Value: "true" });
  const refused = [
    [() => client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: "arn:x" })), "TargetGroupNotFound"],
    [
      () => client.send(new DescribeLoadBalancerAttributesCommand({ LoadBalancerArn: "arn:x" })),
      "LoadBalancerNotFound",
    ],
  ] as const;
  for (const [ask, name] of refused)
    await expect(ask()).rejects.toThrow(expect.objectContaining({ name: expect.stringContaining(name) }));
});
