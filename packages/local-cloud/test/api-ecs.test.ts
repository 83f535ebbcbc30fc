// ECS's API with the AWS SDK: what runs, what was replaced and why, and changes of a service.

import {
  DescribeClustersCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  type Service,
  StopTaskCommand,
  type Task,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { expect, onTestFinished, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { json, sdkConfig } from "./aws.ts";
import { echoService, startTestCloud, until } from "./support.ts";

const CLUSTER = "agent-team-local";
const SERVICE = "workflow-agent-service";

function clientOf(cloud: LocalCloud): ECSClient {
  const client = new ECSClient(sdkConfig(cloud));
  onTestFinished(() => client.destroy());
  return client;
}

async function described(client: ECSClient): Promise<Service> {
  const { services } = await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [SERVICE] }));
  return services?.[0] ?? {};
}

async function taskOf(client: ECSClient, id: string): Promise<Task> {
  const { tasks } = await client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [id] }));
  return tasks?.[0] ?? {};
}

const messagesOf = ({ events }: Service): string[] => (events ?? []).map(({ message }) => message ?? "");

test("the cluster, its service and its tasks are described", async () => {
  const cloud = await startTestCloud({ services: [echoService({ balancer: "nlb" })] });
  const client = clientOf(cloud);
  const { clusterArns } = await client.send(new ListClustersCommand());
  expect(clusterArns).toEqual(["arn:aws:ecs:local-1:000000000000:cluster/agent-team-local"]);
  const { clusters } = await client.send(new DescribeClustersCommand({ clusters: [CLUSTER] }));
  expect(clusters?.[0]).toMatchObject({ clusterName: CLUSTER, runningTasksCount: 2, activeServicesCount: 1 });
  const { serviceArns } = await client.send(new ListServicesCommand({ cluster: CLUSTER }));
  expect(serviceArns).toEqual([`arn:aws:ecs:local-1:000000000000:service/${CLUSTER}/${SERVICE}`]);

  const found = await described(client);
  expect(found).toMatchObject({ desiredCount: 2, runningCount: 2, pendingCount: 0, status: "ACTIVE" });
  expect(found.deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "COMPLETED", runningCount: 2 }]);
  expect(messagesOf(found)[0]).toBe(`(service ${SERVICE}) has reached a steady state.`);

  const { taskArns } = await client.send(new ListTasksCommand({ cluster: CLUSTER, serviceName: SERVICE }));
  const { tasks } = await client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: taskArns }));
  expect(tasks?.map((task) => task.containers?.[0]?.networkInterfaces?.[0]?.privateIpv4Address)).toEqual(
    cloud.tasks().map(({ host }) => host),
  );
  expect(tasks?.map(({ availabilityZone }) => availabilityZone)).toEqual(["local-1a", "local-1b"]);
  expect(tasks?.every(({ startedAt, createdAt }) => startedAt !== undefined && createdAt !== undefined)).toBe(true);
});

test("a task definition has the variables of its tasks, and only the ARNs of secrets", async () => {
  const environment = { OPENAI_API_KEY: "sk-very-secret", LOG_LEVEL: "debug" };
  const cloud = await startTestCloud({ services: [echoService({ environment })] });
  const client = clientOf(cloud);
  const { taskDefinitionArns } = await client.send(new ListTaskDefinitionsCommand());
  expect(taskDefinitionArns).toEqual([
    "arn:aws:ecs:local-1:000000000000:task-definition/agent-team-local-workflow-agent:1",
  ]);
  for (const taskDefinition of ["agent-team-local-workflow-agent", "agent-team-local-workflow-agent:1"]) {
    const answer = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    const [container] = answer.taskDefinition?.containerDefinitions ?? [];
    expect(container).toMatchObject({ name: "workflow-agent", portMappings: [{ containerPort: 50051 }] });
    expect(container?.environment).toContainEqual({ name: "LOG_LEVEL", value: "debug" });
    expect(container?.environment).toContainEqual({
      name: "WORKFLOW_SERVICE_DNS_NAME",
      value: "workflow-agent.agent-team-local.local",
    });
    expect(container?.secrets).toEqual([
      {
        name: "OPENAI_API_KEY",
        valueFrom: "arn:aws:ssm:local-1:000000000000:parameter/agent-team-local/openai_api_key",
      },
    ]);
    expect(JSON.stringify(answer)).not.toContain("sk-very-secret");
  }
});

test("a killed task is STOPPED with exit code and reason, and its replacement runs", async () => {
  const cloud = await startTestCloud();
  const client = clientOf(cloud);
  const victim = cloud.tasks()[0];
  process.kill(victim?.pid ?? 0, "SIGKILL");
  const stopped = await until(
    () => client.send(new ListTasksCommand({ cluster: CLUSTER, serviceName: SERVICE, desiredStatus: "STOPPED" })),
    ({ taskArns }) => taskArns?.length === 1,
  );
  expect(stopped.taskArns?.[0]).toMatch(new RegExp(`/${victim?.id}$`));
  const task = await taskOf(client, victim?.id ?? "");
  expect(task).toMatchObject({
    lastStatus: "STOPPED",
    desiredStatus: "STOPPED",
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [{ exitCode: 137, reason: "killed by SIGKILL", lastStatus: "STOPPED" }],
  });
  expect(task.stoppedAt?.getTime()).toBeGreaterThan(task.startedAt?.getTime() ?? Number.POSITIVE_INFINITY);
  await until(
    () => described(client),
    ({ runningCount }) => runningCount === 2,
  );
  const { taskArns } = await client.send(new ListTasksCommand({ cluster: CLUSTER, serviceName: SERVICE }));
  expect(taskArns?.some((arn) => arn.endsWith(victim?.id ?? ""))).toBe(false);
});

test("deployments and events show a rolling replacement until it is complete", async () => {
  const cloud = await startTestCloud();
  const client = clientOf(cloud);
  const old = cloud.tasks().map(({ id }) => id);
  const { service: answered } = await client.send(
    new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, forceNewDeployment: true }),
  );
  expect(answered?.deployments).toMatchObject([
    { status: "PRIMARY", rolloutState: "IN_PROGRESS", desiredCount: 2, runningCount: 0 },
    { status: "ACTIVE", rolloutState: "COMPLETED", desiredCount: 0, runningCount: 2 },
  ]);
  const after = await until(
    () => described(client),
    ({ deployments }) => deployments?.length === 1 && deployments[0]?.rolloutState === "COMPLETED",
  );
  expect(after).toMatchObject({ runningCount: 2, deployments: [{ id: answered?.deployments?.[0]?.id }] });
  const messages = messagesOf(after);
  expect(messages.slice(0, 2)).toEqual([
    `(service ${SERVICE}) has reached a steady state.`,
    `(service ${SERVICE}) (deployment ${after.deployments?.[0]?.id}) deployment completed.`,
  ]);
  for (const id of old) {
    expect(messages).toContain(`(service ${SERVICE}) has stopped 1 running tasks: (task ${id}).`);
    const reason = `Scaling activity initiated by (deployment ${after.deployments?.[0]?.id})`;
    expect(await taskOf(client, id)).toMatchObject({ stopCode: "ServiceSchedulerInitiated", stoppedReason: reason });
  }
});

test("UpdateService changes the desired count, and StopTask records its reason", async () => {
  const cloud = await startTestCloud();
  const client = clientOf(cloud);
  const { service: answered } = await client.send(
    new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, desiredCount: 3 }),
  );
  expect(answered?.desiredCount).toBe(3);
  await until(
    () => described(client),
    ({ runningCount }) => runningCount === 3,
  );
  const id = cloud.tasks()[0]?.id ?? "";
  const { task } = await client.send(new StopTaskCommand({ cluster: CLUSTER, task: id, reason: "to see it go" }));
  expect(task).toMatchObject({ desiredStatus: "STOPPED", lastStatus: "DEACTIVATING" });
  const stopped = await until(
    () => taskOf(client, id),
    ({ lastStatus }) => lastStatus === "STOPPED",
  );
  expect(stopped).toMatchObject({ stopCode: "UserInitiated", stoppedReason: "to see it go" });
});

test("a deployment of a service without tasks is complete at once", async () => {
  const cloud = await startTestCloud({ services: [echoService({ desired: 0 })] });
  const client = clientOf(cloud);
  await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, forceNewDeployment: true }));
  expect((await described(client)).deployments).toMatchObject([{ status: "PRIMARY", rolloutState: "COMPLETED" }]);
});

test("long lists have pages", async () => {
  const cloud = await startTestCloud({ services: [echoService({ desired: 3 })] });
  const client = clientOf(cloud);
  const first = await client.send(new ListTasksCommand({ cluster: CLUSTER, maxResults: 2 }));
  const second = await client.send(
    new ListTasksCommand({ cluster: CLUSTER, maxResults: 2, nextToken: first.nextToken }),
  );
  expect([first.taskArns?.length, second.taskArns?.length, second.nextToken]).toEqual([2, 1, undefined]);
  const ids = [...(first.taskArns ?? []), ...(second.taskArns ?? [])].map((arn) => arn.split("/").at(-1));
  expect(ids).toEqual(cloud.tasks().map(({ id }) => id));
});

test("invalid requests get the errors of AWS", async () => {
  const cloud = await startTestCloud();
  const client = clientOf(cloud);
  const commands = [
    [new DescribeServicesCommand({ cluster: "another", services: [SERVICE] }), "ClusterNotFoundException"],
    [new ListTasksCommand({}), "ClusterNotFoundException"],
    [new ListTasksCommand({ cluster: CLUSTER, serviceName: "unknown" }), "ServiceNotFoundException"],
    [new UpdateServiceCommand({ cluster: CLUSTER, service: "unknown" }), "ServiceNotFoundException"],
    [new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, desiredCount: 51 }), "InvalidParameterException"],
    [
      new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, desiredCount: 2 ** 31 - 1 }),
      "InvalidParameterException",
    ],
    [new UpdateServiceCommand({ cluster: CLUSTER, service: SERVICE, taskDefinition: "other:7" }), "ClientException"],
    [new DescribeTaskDefinitionCommand({ taskDefinition: "nothing" }), "ClientException"],
    [new StopTaskCommand({ cluster: CLUSTER, task: "0123" }), "InvalidParameterException"],
    [new ListTasksCommand({ cluster: CLUSTER, nextToken: "made up" }), "InvalidParameterException"],
  ] as const;
  for (const [command, name] of commands) {
    await expect(client.send(command as ListTasksCommand), JSON.stringify(command.input)).rejects.toMatchObject({
      name,
    });
  }
  // Unknown names are listed as failures beside the documents of the others.
  const answer = await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [SERVICE, "unknown"] }));
  expect(answer.services).toHaveLength(1);
  expect(answer.failures).toEqual([{ arn: "unknown", reason: "MISSING" }]);
  const tasks = await client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: ["0123"] }));
  expect(tasks.failures).toEqual([{ arn: "0123", reason: "MISSING" }]);
  expect((await json(cloud, "AmazonEC2ContainerServiceV20141113.RunTask")).text).toContain("UnknownOperationException");
});
