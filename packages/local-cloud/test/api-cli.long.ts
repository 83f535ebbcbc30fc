// The `aws` command line against the local cloud, where it is installed: the commands that documentation tests do not cover.

import { expect, test } from "vitest";
import { aws, hasProgram } from "./aws.ts";
import { echoService, startTestCloud, until } from "./support.ts";

const WHY_NO_AWS = hasProgram("aws")
  ? undefined
  : "no aws in PATH: the API is tested with the SDK and raw requests alone";

test("aws reads logs, groups, identity and instances, and exits with an error code", { timeout: 60_000 }, async ({
  skip,
}) => {
  if (WHY_NO_AWS !== undefined) skip(WHY_NO_AWS);
  const cloud = await startTestCloud({ services: [echoService({ balancer: "nlb" })] });
  const asked = async (line: string): Promise<unknown> => {
    const { code, out, err } = await aws(cloud, line);
    expect({ code, err }, line).toEqual({ code: 0, err: "" });
    return JSON.parse(out) as unknown;
  };

  const group = "--log-group-name /ecs/agent-team-local";
  await until(
    () => asked(`logs filter-log-events ${group} --log-stream-name-prefix workflow-agent --filter-pattern GRPC_HOST`),
    (found) => (found as { events: unknown[] }).events.length === 2,
  );
  expect(await asked(`logs describe-log-streams ${group} --query length(logStreams)`)).toBe(2);
  expect(await asked("logs describe-log-groups --query logGroups[].logGroupName")).toEqual(["/ecs/agent-team-local"]);

  const name = "agent-team-local-workflow-agent";
  expect(
    await asked(
      `ec2 describe-security-groups --filters Name=group-name,Values=${name} --query SecurityGroups[].GroupName`,
    ),
  ).toEqual([name]);
  expect(await asked("sts get-caller-identity --query Account")).toBe("000000000000");
  expect(await asked("elbv2 describe-load-balancers --query LoadBalancers[].LoadBalancerName")).toEqual([
    "agent-team-local-grpc-nlb",
  ]);
  const discovery = "--namespace-name agent-team-local.local --service-name workflow-agent";
  expect(await asked(`servicediscovery discover-instances ${discovery} --query Instances[].InstanceId`)).toEqual(
    expect.arrayContaining(cloud.tasks().map(({ id }) => id)),
  );

  expect(await aws(cloud, "ecs list-tasks --cluster another")).toMatchObject({
    code: expect.toSatisfy((code) => code === 254 || code === 255),
    err: expect.stringContaining("(ClusterNotFoundException)"),
  });
  expect((await aws(cloud, "ec2 describe-vpcs")).err).toContain("(InvalidAction)");
  expect((await aws(cloud, "elbv2 describe-rules")).err).toContain("(InvalidAction)");
});

test("aws reads health, attributes, parameters and metrics, and fails at once for an unsupported service", {
  timeout: 60_000,
}, async ({ skip }) => {
  if (WHY_NO_AWS !== undefined) skip(WHY_NO_AWS);
  const environment = { OPENAI_API_KEY: "sk-very-secret" };
  const cloud = await startTestCloud({ services: [echoService({ balancer: "nlb", environment })] });
  const asked = async (line: string): Promise<unknown> => {
    const { code, out, err } = await aws(cloud, line);
    expect({ code, err }, line).toEqual({ code: 0, err: "" });
    return JSON.parse(out) as unknown;
  };
  const serviceId = await asked("servicediscovery list-services --query Services[0].Id");
  expect(
    await asked(`servicediscovery get-instances-health-status --service-id ${String(serviceId)} --query Status`),
  ).toEqual(Object.fromEntries(cloud.tasks().map(({ id }) => [id, "HEALTHY"])));
  const group = await asked("elbv2 describe-target-groups --query TargetGroups[0].TargetGroupArn");
  expect(
    await asked(
      `elbv2 describe-target-group-attributes --target-group-arn ${String(group)} --query length(Attributes)`,
    ),
  ).toBe(7);
  const name = "/agent-team-local/openai_api_key";
  expect(await asked(`ssm get-parameter --name ${name} --query Parameter.[Name,Type]`)).toEqual([name, "SecureString"]);
  const period = "--start-time 2026-01-01T00:00:00Z --end-time 2026-01-02T00:00:00Z --period 60 --statistics Average";
  expect(
    await asked(`cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name CPUUtilization ${period}`),
  ).toEqual({ Label: "CPUUtilization", Datapoints: [] });
  for (const line of ["s3api list-buckets", "lambda list-functions", "dynamodb list-tables", "iam list-users"]) {
    const { code, err } = await aws(cloud, line);
    expect(code, line).not.toBe(0);
    expect(err, line).toMatch(/\((UnknownOperationException|InvalidAction)\)/);
    expect(err, line).not.toContain("max retries");
  }
});

test("`aws logs tail` prints the lines of the tasks", { timeout: 30_000 }, async ({ skip }) => {
  if (WHY_NO_AWS !== undefined) skip(WHY_NO_AWS);
  const cloud = await startTestCloud();
  const tail = "logs tail /ecs/agent-team-local --log-stream-name-prefix workflow-agent --since 15m";
  const { err } = await aws(cloud, "logs tail help");
  if (err.includes("Invalid choice"))
    skip("aws here is of version 1, which has no `logs tail`; another test covers filter-log-events, which it calls");
  const { out } = await until(
    () => aws(cloud, tail),
    (ran) => ran.out.includes("GRPC_HOST"),
  );
  expect(out).toContain("workflow-agent/workflow-agent/");
});
