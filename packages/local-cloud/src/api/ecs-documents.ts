import { arn, cloudMapIds, ECR_REGISTRY, ecsArns, ecsNames, IMAGE_TAG, logGroupName, REGION } from "../aws-names.ts";
import { type Deployment, deploymentId } from "../ecs/deployments.ts";
import type { Service } from "../ecs/service.ts";
import { elbArns } from "../elb/elb-names.ts";
import { securityGroupId } from "../security-groups.ts";
import type { ServiceDefinition } from "../services.ts";
import { LAST_STATUS, type TaskDescription } from "../task-description.ts";
import type { CloudView } from "./cloud-view.ts";
import { isSecret, parameterArn, parameterName } from "./secrets.ts";

// The documents of ECS responses. Members without a meaning in the local cloud are left out.

export function clusterDocument(cloud: CloudView): object {
  const services = cloud.scheduler.services();
  const states = services.flatMap((service) => service.tasks()).map(({ state }) => state);
  return {
    clusterArn: ecsArns.cluster(cloud.name),
    clusterName: cloud.name,
    status: "ACTIVE",
    registeredContainerInstancesCount: 0,
    runningTasksCount: count(states, "running"),
    pendingTasksCount: count(states, "provisioning"),
    activeServicesCount: services.length,
  };
}

export function serviceDocument(service: Service, cloud: CloudView): object {
  const { name, desired, createdAtMs, deployments, events } = service.describe();
  const states = service.tasks().map(({ state }) => state);
  return {
    serviceArn: ecsArns.service(cloud.name, name),
    serviceName: ecsNames.service(name),
    clusterArn: ecsArns.cluster(cloud.name),
    status: "ACTIVE",
    desiredCount: desired,
    runningCount: count(states, "running"),
    pendingCount: count(states, "provisioning"),
    launchType: "FARGATE",
    schedulingStrategy: "REPLICA",
    taskDefinition: ecsArns.taskDefinition(cloud.name, name),
    deploymentConfiguration: { minimumHealthyPercent: 100, maximumPercent: 200 },
    deployments: deployments.map((deployment, place) => ({
      ...deploymentDocument(deployment, service, cloud),
      status: place === 0 ? "PRIMARY" : "ACTIVE",
      desiredCount: place === 0 ? desired : 0,
    })),
    loadBalancers: cloud.definitions.filter((each) => each.name === name).flatMap((each) => balancersOf(each, cloud)),
    serviceRegistries: [registryOf(name, cloud)],
    networkConfiguration: {
      awsvpcConfiguration: { assignPublicIp: "DISABLED", securityGroups: [securityGroupId(cloud.name, name)] },
    },
    events: events.map(({ id, atMs, message }) => ({ id, createdAt: seconds(atMs), message })),
    createdAt: seconds(createdAtMs),
  };
}

function deploymentDocument(deployment: Deployment, service: Service, cloud: CloudView): object {
  const { revision, createdAtMs, updatedAtMs, completed, failedTasks } = deployment;
  const own = service.tasks().filter((task) => task.revision === revision);
  const states = own.map(({ state }) => state);
  return {
    id: deploymentId(revision),
    taskDefinition: ecsArns.taskDefinition(cloud.name, service.name),
    runningCount: count(states, "running"),
    pendingCount: count(states, "provisioning"),
    failedTasks,
    rolloutState: completed ? "COMPLETED" : "IN_PROGRESS",
    rolloutStateReason: `ECS deployment ${deploymentId(revision)} ${completed ? "completed" : "in progress"}.`,
    launchType: "FARGATE",
    createdAt: seconds(createdAtMs),
    updatedAt: seconds(updatedAtMs),
  };
}

export function taskDocument(task: TaskDescription, cloud: CloudView): object {
  const { id, service, state, enteredAtMs, stopReason } = task;
  const healthStatus = { initial: "UNKNOWN", healthy: "HEALTHY", unhealthy: "UNHEALTHY" }[task.containerHealth];
  const isStopping = state === "draining" || state === "stopped";
  return {
    taskArn: ecsArns.task(cloud.name, id),
    clusterArn: ecsArns.cluster(cloud.name),
    taskDefinitionArn: ecsArns.taskDefinition(cloud.name, service),
    group: `service:${ecsNames.service(service)}`,
    startedBy: deploymentId(task.revision),
    launchType: "FARGATE",
    availabilityZone: task.zone,
    connectivity: "CONNECTED",
    lastStatus: LAST_STATUS[state],
    desiredStatus: isStopping ? "STOPPED" : "RUNNING",
    healthStatus,
    createdAt: seconds(enteredAtMs.provisioning),
    startedAt: seconds(enteredAtMs.running),
    stoppingAt: seconds(enteredAtMs.draining ?? enteredAtMs.stopped),
    stoppedAt: seconds(enteredAtMs.stopped),
    stopCode: stopReason?.code,
    stoppedReason: stopReason?.text,
    attachments: [attachmentOf(task)],
    containers: [containerOf(task, healthStatus, cloud)],
  };
}

function attachmentOf({ host, state }: TaskDescription): object {
  const status = state === "stopped" ? "DELETED" : "ATTACHED";
  return { type: "ElasticNetworkInterface", status, details: [{ name: "privateIPv4Address", value: host }] };
}

function containerOf(task: TaskDescription, healthStatus: string, cloud: CloudView): object {
  return {
    name: task.service,
    image: imageOf(cloud.name, task.service),
    taskArn: ecsArns.task(cloud.name, task.id),
    lastStatus: task.state === "draining" ? "RUNNING" : LAST_STATUS[task.state],
    healthStatus,
    exitCode: task.exitCode,
    // How the process ended. AWS sets `reason` only for errors of the container runtime.
    reason: task.exit,
    networkInterfaces: [{ privateIpv4Address: task.host }],
  };
}

export function taskDefinitionDocument(definition: ServiceDefinition, cloud: CloudView): object {
  const { name, port } = definition;
  const variables = Object.entries(cloud.environment(definition)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    taskDefinitionArn: ecsArns.taskDefinition(cloud.name, name),
    family: ecsNames.family(cloud.name, name),
    revision: 1,
    status: "ACTIVE",
    networkMode: "awsvpc",
    requiresCompatibilities: ["FARGATE"],
    compatibilities: ["FARGATE"],
    volumes: [],
    placementConstraints: [],
    containerDefinitions: [
      {
        name,
        image: imageOf(cloud.name, name),
        essential: true,
        portMappings: [{ containerPort: port, hostPort: port, protocol: "tcp" }],
        environment: variables.filter(([each]) => !isSecret(each)).map(([each, value]) => ({ name: each, value })),
        secrets: variables
          .filter(([each]) => isSecret(each))
          .map(([each]) => ({ name: each, valueFrom: parameterArn(parameterName(each, cloud.name)) })),
        stopTimeout: Math.ceil(cloud.timing.stopTimeoutMs / 1_000),
        logConfiguration: {
          logDriver: "awslogs",
          options: {
            "awslogs-group": logGroupName(cloud.name),
            "awslogs-region": REGION,
            "awslogs-stream-prefix": name,
          },
        },
      },
    ],
  };
}

/** The local cloud has no images. The name is the one in the Terraform outputs. */
function imageOf(cloud: string, service: string): string {
  return `${ECR_REGISTRY}/${cloud}/${service}:${IMAGE_TAG}`;
}

function balancersOf({ name, port, balancer }: ServiceDefinition, cloud: CloudView): readonly object[] {
  if (balancer === undefined) return [];
  const targetGroupArn = elbArns.targetGroup(cloud.name, balancer, port);
  return [{ targetGroupArn, containerName: name, containerPort: port }];
}

function registryOf(service: string, { registry }: CloudView): object {
  return { registryArn: arn("servicediscovery", `service/${cloudMapIds.service(registry.namespace, service)}`) };
}

function count<T>(all: readonly T[], wanted: T): number {
  return all.filter((each) => each === wanted).length;
}

/** JSON 1.1 writes an instant as seconds since the epoch. */
function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1_000;
}
